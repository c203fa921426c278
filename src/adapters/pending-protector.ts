import type { ProtectionCheck } from '../domain/observation.ts';
import { keptDigests } from '../domain/protection/kept-digests.ts';
import type { ArtifactProtector } from '../ports/artifact-protector.ts';

/** Answers where nothing is asked. Protecting is not built yet, so what is asked for stays unknown. */
export const pendingProtector: ArtifactProtector = {
  protection: (release) => {
    const { mode = 'None' } = release.spec.protection;
    const check: ProtectionCheck =
      mode === 'None'
        ? { state: 'Satisfied', reason: 'NotConfigured', message: 'spec.protection.mode is None' }
        : {
            state: 'Unknown',
            reason: 'NotSupported',
            message: `spec.protection.mode ${mode} is not supported by this version of the operator`,
          };
    return {
      digests: new Map(keptDigests(release, new Date()).map(({ digest }) => [digest, check])),
      state: { mode, archived: [], orphaned: false },
    };
  },
};
