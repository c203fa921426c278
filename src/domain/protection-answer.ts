import type { Reason } from '../api/conditions.ts';
import type { ProtectionMode } from '../api/protection-spec.ts';
import type { Digest } from '../api/scalars.ts';
import type { Check, ProtectionCheck } from './observation.ts';
import { storedAbout, storedCheck } from './proof.ts';
import type { Situation } from './situation.ts';

type Seeing = Pick<Situation, 'seen'>;

const NOT_CONFIGURED: ProtectionCheck = {
  state: 'Satisfied',
  reason: 'NotConfigured',
  message: 'neither spec.protection.mode nor the ArtifactRegistry of the host asks for protection',
};

/** A digest is asked about from the pass on that follows the status that refers to it. */
const NOT_ASKED: ProtectionCheck = {
  state: 'Unknown',
  reason: 'ProtectionPending',
  message: 'its protection has only begun',
  pending: true,
};

export const protectionMode = ({ seen }: Seeing): ProtectionMode => seen.protectionState?.mode ?? 'None';

/** What the protector says of a digest. One that it was not asked about is not protected. */
export const protectionOf = (s: Seeing, digest: Digest): ProtectionCheck =>
  protectionMode(s) === 'None' ? NOT_CONFIGURED : (s.seen.protection.get(digest) ?? NOT_ASKED);

/** Nothing is missing where nothing is asked for, but that is no protection. */
export const isProtected = ({ state, reason }: Check): boolean =>
  state === 'Satisfied' && reason !== 'NotConfigured' && reason !== 'ReportOnly';

const LOST: readonly Reason[] = ['DigestNotFound', 'BlobsLost', 'DigestCorrupt'];

/** The registry cannot give it out any more: where it is not on a node already, no pod starts from it. */
export const isLost = (s: Seeing, digest: Digest): boolean => LOST.includes(protectionOf(s, digest).reason);

/** The answer that people are told of: while the first one is awaited, the one that is stored. */
export function toldProtection(s: Situation, digest: Digest): ProtectionCheck {
  const check = protectionOf(s, digest);
  const stored = check.pending ? storedAbout(s, digest) : undefined;
  const told = stored?.protection && storedCheck(stored, 'Protected');
  return told ? { ...told, pending: true } : check;
}

/** The tags are to outlive the release, and that is not on record yet: nobody would remember it then. */
export const awaitsOrphaning = (s: Pick<Situation, 'seen' | 'spec'>): boolean =>
  s.spec.protection.deletionPolicy === 'Orphan' &&
  protectionMode(s) === 'Tags' &&
  s.seen.protectionState?.orphaned !== true;
