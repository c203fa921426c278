import type { Digest } from '../../src/api/scalars.ts';
import type { ProtectionCheck } from '../../src/domain/observation.ts';
import { keptDigests } from '../../src/domain/protection/kept-digests.ts';
import type { ArtifactProtector } from '../../src/ports/artifact-protector.ts';

/** Answers about every digest that a release must be able to pull. */
export const protectorOf = (
  check: (digest: Digest) => ProtectionCheck,
  now: () => Date = () => new Date(0),
): ArtifactProtector => ({
  protection: (release) => ({
    digests: new Map(keptDigests(release, now()).map(({ digest }) => [digest, check(digest)])),
    state: { mode: release.spec.protection.mode ?? 'None', archived: [], problems: [], orphaned: false },
  }),
});
