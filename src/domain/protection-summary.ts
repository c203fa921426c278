import { MAX_ARCHIVED, type ProtectionStatus } from '../api/protection-status.ts';
import type { Digest } from '../api/scalars.ts';
import { keptDigests } from './protection/kept-digests.ts';
import { protectionMode, protectionOf } from './protection-answer.ts';
import type { Situation } from './situation.ts';

type Entry = ProtectionStatus['digests'][number];

/** What `status.protection` says: what is kept, and how far that is. Absent where nothing is asked for. */
export function protectionStatus(s: Situation): ProtectionStatus | undefined {
  const mode = protectionMode(s);
  const state = s.seen.protectionState;
  if (state === undefined || mode === 'None') return undefined;
  const kept = keptDigests({ spec: s.spec, status: s.state }, s.now);
  const before = s.stored?.protection;
  const awaited = kept.some(({ digest }) => protectionOf(s, digest).pending);
  const { archived, problems } = awaited && before ? before : state;
  return {
    mode,
    digests: kept.map(({ digest, role }) => ({ digest, role, ...told(s, digest) })),
    ...(archived && archived.length > 0 && { archived: archived.slice(0, MAX_ARCHIVED) }),
    ...(problems && problems.length > 0 && { problems: [...problems] }),
  };
}

/** While the first answer is awaited, the one that is stored. */
function told(s: Situation, digest: Digest): Pick<Entry, 'reason' | 'members'> {
  const check = protectionOf(s, digest);
  const before = s.stored?.protection?.digests.find((entry) => entry.digest === digest);
  const { reason, members } = check.pending && before ? before : check;
  return { reason, ...(members !== undefined && { members }) };
}
