/** Numbers in [0, 1) that are the same in every run: mulberry32 (Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Bad requests among `total` of which each is bad with probability `ratio`. Exact: it jumps from one bad request
 * to the next by geometric gaps, so it costs as much as there are bad requests.
 */
export function binomial(total: number, ratio: number, random: () => number): number {
  if (ratio <= 0) return 0;
  if (ratio >= 1) return total;
  let bad = 0;
  for (let seen = 0; ; bad += 1) {
    seen += 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-ratio));
    if (seen > total) return bad;
  }
}
