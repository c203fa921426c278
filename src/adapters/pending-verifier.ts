import type { Check } from '../domain/observation.ts';
import type { ArtifactVerifier } from '../ports/artifact-verifier.ts';

/** Answers where nothing is asked. Proving anything is not built yet, so what is asked for stays unknown. */
export const pendingVerifier: ArtifactVerifier = {
  verify: async ({ asked }): Promise<Check> =>
    asked === undefined || Object.keys(asked).length === 0
      ? { state: 'Satisfied', reason: 'NotRequired', message: 'spec.verification asks for nothing' }
      : {
          state: 'Unknown',
          reason: 'NotSupported',
          message: 'spec.verification asks for proof, which this version of the operator cannot give',
        },
};
