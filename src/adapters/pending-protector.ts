import type { Check } from '../domain/observation.ts';
import type { ArtifactProtector } from '../ports/artifact-protector.ts';

/** Answers where nothing is asked. Protecting is not built yet, so what is asked for stays unknown. */
export const pendingProtector: ArtifactProtector = {
  protection: async ({ asked }): Promise<Check> =>
    asked.mode === 'None'
      ? { state: 'Satisfied', reason: 'NotConfigured', message: 'spec.protection.mode is None' }
      : {
          state: 'Unknown',
          reason: 'NotSupported',
          message: `spec.protection.mode ${asked.mode} is not supported by this version of the operator`,
        },
};
