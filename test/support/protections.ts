import type { ProtectionMode } from '../../src/api/protection-spec.ts';
import type { Observation, ProtectionCheck } from '../../src/domain/observation.ts';
import { GOOD, OLDER } from './proofs.ts';
import { CANDIDATE, NEXT, STABLE } from './releases.ts';

const check = (
  state: ProtectionCheck['state'],
  reason: ProtectionCheck['reason'],
  message: string,
): ProtectionCheck => ({ state, reason, message });

/** Every kind of answer that a protector gives about a digest. */
export const protections = {
  Protected: { ...check('Satisfied', 'Protected', '3 manifests are kept'), members: 3 },
  /** Tags are put, and not yet read back. */
  Pending: check('Unknown', 'ProtectionPending', 'its tags are read back at 12:01:00Z'),
  /** Not looked at since the start. */
  Awaited: { ...check('Unknown', 'ProtectionPending', 'it is being looked at'), pending: true },
  Outage: check('Unknown', 'RegistryUnavailable', 'the registry does not answer'),
  Forbidden: check('Refused', 'RegistryForbidden', 'the credentials may not push'),
  Lost: check('Refused', 'BlobsLost', 'layer 4f53cda1 is gone'),
  ReportOnly: check('Satisfied', 'ReportOnly', 'it is listed for the clean-up of the registry'),
} as const satisfies Record<string, ProtectionCheck>;
export type ProtectionAnswer = keyof typeof protections;

type Kept = Required<Pick<Observation, 'protection' | 'protectionState'>>;

/** What the protector says: of the digests named, the answer; of every other one, that it is protected. */
export const kept = (
  answers: Readonly<Record<string, ProtectionCheck>> = {},
  mode: ProtectionMode = 'Tags',
): Kept => ({
  protection: new Map([
    ...[STABLE, CANDIDATE, NEXT, GOOD, OLDER].map((digest) => [digest, protections.Protected] as const),
    ...Object.entries(answers),
  ]),
  protectionState: { mode, archived: [], problems: [], orphaned: false },
});

/** No answer is there yet, as after a restart. */
export const keptUnread = (): Kept =>
  kept(
    Object.fromEntries([STABLE, CANDIDATE, NEXT, GOOD, OLDER].map((digest) => [digest, protections.Awaited])),
  );
