import type { Random } from './random.ts';
import type { Look } from './release.ts';

/** Counts since the look before. */
export interface Part {
  readonly bad: number;
  readonly total: number;
  readonly stableBad: number;
  readonly stableTotal: number;
}

/**
 * What would have been seen at moments within a look, `parts` − 1 of them at even distances: given its counts, each
 * cluster came at any time. Good requests, of which there are many, come evenly.
 */
export function within(look: Look, parts: number, random: Random): readonly Part[] {
  const bad = arrived(look.bad, look.clusters, parts, random);
  const stableBad = arrived(look.stableBad, look.stableClusters, parts, random);
  const moments = Array.from({ length: parts - 1 }, (_, index) => index);
  return moments.map((moment): Part => {
    const share = (moment + 1) / parts;
    const [candidate = 0, stable = 0] = [bad[moment], stableBad[moment]];
    return {
      bad: candidate,
      total: candidate + share * (look.total - look.bad),
      stableBad: stable,
      stableTotal: stable + share * (look.stableTotal - look.stableBad),
    };
  });
}

/**
 * Members of clusters that have come by the end of each part. The sizes are geometric: given their sum, all ways to cut
 * it into so many are equally likely.
 */
function arrived(members: number, clusters: number, parts: number, random: Random): Float64Array {
  const by = new Float64Array(parts);
  let [cuts, part] = [clusters - 1, random.index(parts)];
  for (let left = members - 1; left >= 0; left -= 1) {
    by[part] = (by[part] ?? 0) + 1;
    if (left * random.uniform() >= cuts) continue;
    cuts -= 1;
    part = random.index(parts);
  }
  for (let index = 1; index < parts; index += 1) by[index] = (by[index] ?? 0) + (by[index - 1] ?? 0);
  return by;
}
