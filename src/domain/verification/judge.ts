import type { Requirements } from '../../api/verification-spec.ts';
import { judgeAttestation } from './attestation-requirement.ts';
import type { CaseFile } from './case-file.ts';
import type { Requirement } from './requirement.ts';
import { judgeSignatures } from './signature-requirement.ts';

/** What one policy, or the release itself, asks for. Its authorities, ignore lists and VEX count for itself alone. */
export interface NamedRequirements {
  /** `ArtifactPolicy prod` or `ArtifactRelease`. */
  readonly policy: string;
  readonly spec: Requirements;
}

export interface Judgement {
  /** Of what is enforced: all of it satisfied, else refused before unknown, because waiting cannot help. */
  readonly state: 'Satisfied' | 'Refused' | 'Unknown';
  readonly requirements: readonly (Requirement & { readonly mode: Requirements['mode'] })[];
}

/**
 * Everything that is asked for, by everybody who asks. A conjunction: whoever asks for more can turn a yes into a no,
 * never a no into a yes. Nothing asked is no proof: the caller knows whether nothing is what was meant.
 */
export function judge(asked: readonly NamedRequirements[], file: CaseFile, now: Date): Judgement {
  const requirements = asked.flatMap(({ policy, spec }) => {
    const signatures = { policy, name: 'signature', mode: spec.mode, ...judgeSignatures(policy, spec, file) };
    const attestations = (spec.attestations ?? []).map((attestation) => ({
      policy,
      name: attestation.name,
      mode: spec.mode,
      ...judgeAttestation(policy, attestation, spec, file, now),
    }));
    return [signatures, ...attestations];
  });
  const enforced = requirements.filter(({ mode }) => mode === 'enforce');
  const has = (state: Requirement['state']) => enforced.some((one) => one.state === state);
  return { state: has('Refused') ? 'Refused' : has('Unknown') ? 'Unknown' : 'Satisfied', requirements };
}
