import type { Digest } from '../../api/scalars.ts';
import type { Doubt } from '../../api/verification-reasons.ts';
import type { AuthorityId, Evidence, Rejected } from './evidence.ts';

/** All that is known about one digest when it is judged. */
export interface CaseFile {
  readonly subject: Digest;
  readonly evidence: readonly Evidence[];
  /** What was attached and convinced no authority. */
  readonly rejected: readonly Rejected[];
  /** Authorities that could not be asked, for their key or trusted root is not to be had. */
  readonly unavailable: ReadonlyMap<AuthorityId, Doubtful>;
  /** More is attached than was read: what seems to be missing may be there. */
  readonly unread?: Doubtful;
}

export interface Doubtful {
  readonly reason: Doubt;
  readonly message: string;
}
