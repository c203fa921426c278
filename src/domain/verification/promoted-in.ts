import type { Status } from '../../api/artifact-release-status.ts';
import type { Digest } from '../../api/scalars.ts';
import type { Requirements } from '../../api/verification-spec.ts';
import { shortDigest } from '../digest.ts';
import { dateTime, milliseconds } from '../time.ts';
import { doubtful, type Finding, satisfied } from './requirement.ts';

type PromotedIn = NonNullable<Requirements['promotedIn']>[number];

/** The status of another release; undefined where there is none. */
export type StatusOf = (namespace: string, name: string) => Status | undefined;

/** A span of time in which a release had the digest as stable, in ms since 1970. */
interface Term {
  readonly from: number;
  /** Absent while it lasts. */
  readonly to?: number;
}

export interface PromotionFinding {
  readonly finding: Finding;
  /** When waiting alone will have satisfied it, if nothing happens until then. */
  readonly until?: Date;
}

/**
 * Another release must have promoted this very digest and kept it for a while. Never refused: what has not happened may
 * still happen. A digest that was adopted was not promoted, and one that was rolled back since has lost its merit.
 */
export function judgePromotion(
  { namespace, name, for: duration }: PromotedIn,
  ownName: string,
  digest: Digest,
  statusOf: StatusOf,
  now: Date,
): PromotionFinding {
  const other = `ArtifactRelease ${namespace}/${name ?? ownName}`;
  const lacking = (message: string): Finding => doubtful('NotPromotedYet', message);
  const status = statusOf(namespace, name ?? ownName);
  if (!status) return { finding: lacking(`${other} does not exist, or has no status yet`) };
  const term = termOf(status, digest);
  if (!term) return { finding: lacking(`${other} has not promoted ${shortDigest(digest)}, or has left it`) };
  const needed = term.from + milliseconds(duration);
  if ((term.to ?? now.getTime()) >= needed) {
    return { finding: satisfied(`promoted by ${other} at ${dateTime(new Date(term.from).toISOString())}`) };
  }
  if (term.to !== undefined) {
    return { finding: lacking(`${other} replaced ${shortDigest(digest)} before it had run for ${duration}`) };
  }
  const until = new Date(needed);
  return {
    finding: lacking(
      `${other} promoted ${shortDigest(digest)}; it will have run there for ${duration} at ${dateTime(until.toISOString())}`,
    ),
    until,
  };
}

/** Undefined where its last trial did not end in promotion, or the release is on its way back from it. */
function termOf({ stable, failure, history = [] }: Status, digest: Digest): Term | undefined {
  const newest = history.findIndex((entry) => entry.digest === digest);
  const entry = history[newest];
  if (entry?.verdict !== 'Promoted' || failure?.digest === digest) return undefined;
  const from = Date.parse(entry.finishedAt);
  if (stable?.digest === digest) return { from };
  const successor = history.slice(0, newest).findLast(({ verdict }) => verdict === 'Promoted');
  return { from, to: successor ? Date.parse(successor.finishedAt) : from };
}
