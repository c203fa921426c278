import type { Candidate, Status } from '../../src/api/artifact-release-status.ts';
import { decisionOf } from './pass-decision.ts';
import type { Pass } from './surroundings.ts';

export const trialOf = ({ digest, attempt }: Candidate): string => `${digest} ${attempt}`;

/** A trial that goes on in another step than before, or in its promotion. */
export function advance(before: Status | undefined, status: Status): 'step' | 'promotion' | undefined {
  const [old, now] = [before?.candidate, status.candidate];
  if (!old || !now || trialOf(old) !== trialOf(now)) return undefined;
  if (before?.suspended !== undefined || status.suspended !== undefined) return undefined;
  if (status.phase === 'Promoting' && before?.phase !== 'Promoting') return 'promotion';
  return now.step > old.step ? 'step' : undefined;
}

const noticesOf = (pass: Pass): readonly string[] => decisionOf(pass).notices.map((notice) => notice.reason);

export const byPerson = (pass: Pass, ...reasons: readonly string[]): boolean =>
  noticesOf(pass).some((reason) => reasons.includes(reason));
