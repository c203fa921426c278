import { decide } from '../decide.ts';
import { differences, type FieldDifference } from './difference.ts';
import { outcomeOf, type RecordedPass } from './record.ts';

/** A recorded pass, decided again. */
export interface ReplayedPass {
  /** `namespace/name`. */
  readonly release: string;
  /** Of the release; another one of the same name has another. */
  readonly uid: string;
  readonly decidedAt: string;
  /** Version of the operator that decided. */
  readonly version: string;
  readonly differences: readonly FieldDifference[];
}

/** What becomes of all recorded passes of a release. */
export interface ReplayedDecisions extends Pick<ReplayedPass, 'release' | 'uid'> {
  readonly decisions: number;
  /** Time of the first and of the last one. */
  readonly from: string;
  readonly to: string;
  /** Versions of the operator that decided. */
  readonly versions: readonly string[];
  readonly differences: readonly (FieldDifference & Pick<ReplayedPass, 'decidedAt'>)[];
}

/** Releases are in the order of their first passes in the log. */
export const decisionsOf = (passes: readonly ReplayedPass[]): readonly ReplayedDecisions[] =>
  [...Map.groupBy(passes, ({ uid }) => uid)].flatMap(([uid, of]) => {
    const inTime = of.toSorted((a, b) => Date.parse(a.decidedAt) - Date.parse(b.decidedAt));
    const [first, last] = [inTime[0], inTime.at(-1)];
    if (!first || !last) return [];
    return {
      ...{ release: last.release, uid, decisions: of.length, from: first.decidedAt, to: last.decidedAt },
      versions: [...new Set(inTime.map(({ version }) => version))],
      differences: inTime.flatMap(({ decidedAt, differences: found }) =>
        found.map((field) => ({ decidedAt, ...field })),
      ),
    };
  });

/** Makes the decision of a pass again, from what it read, and compares what comes of it bit for bit. Never throws. */
export function replayPass(pass: RecordedPass): ReplayedPass {
  const { name, namespace, uid } = pass.release.metadata;
  return {
    release: `${namespace}/${name}`,
    uid,
    decidedAt: pass.now.toISOString(),
    version: pass.version,
    differences: differencesOf(pass),
  };
}

function differencesOf(pass: RecordedPass): readonly FieldDifference[] {
  const { now, outcome, release, seen } = pass;
  try {
    const decision = decide(release, seen, now);
    const computed = { ...outcomeOf(release.status, decision), status: decision.status };
    const stored = { ...outcome, status: statusAfter(pass) };
    return (['status', 'effects', 'notices'] as const).flatMap((part) =>
      differences(part, asLogged(stored[part]), asLogged(computed[part])),
    );
  } catch (error) {
    // Nobody has decided from this: somebody has written it.
    return [{ field: 'error', stored: undefined, computed: String(error) }];
  }
}

/** The status that it stored. */
export const statusAfter = ({ outcome: { changed }, release: { status } }: RecordedPass): object =>
  Object.fromEntries(Object.entries({ ...status, ...changed }).filter(([, value]) => value !== null));

const asLogged = (value: object): unknown => JSON.parse(JSON.stringify(value));
