import type { Requirements } from '../../api/verification-spec.ts';
import { largestAssignment } from './assignment.ts';
import type { CaseFile } from './case-file.ts';
import { authorityId, signerKey } from './evidence.ts';
import { nearestMiss } from './nearest-miss.ts';
import { doubtful, type Finding, refused, satisfied } from './requirement.ts';

/** Enough authorities have signed, each by a signer of its own, and every required one among them. */
export function judgeSignatures(policy: string, spec: Requirements, file: CaseFile): Finding {
  const signers = new Map<string, ReadonlySet<string>>();
  for (const { name } of spec.authorities) {
    const id = authorityId(policy, name);
    const keys = file.evidence
      .filter(({ authority, content }) => authority === id && content.kind === 'Signature')
      .filter(({ format }) => spec.signatureFormat === 'auto' || format === spec.signatureFormat)
      .map(({ signer }) => signerKey(signer));
    if (keys.length > 0) signers.set(name, new Set(keys));
  }
  const count = largestAssignment(signers);
  const missing = (spec.requiredAuthorities ?? []).filter((name) => !signers.has(name));
  if (count >= spec.minAuthorities && missing.length === 0) {
    return satisfied(
      signers.size === 0 ? 'no signature is required' : `signed by ${[...signers.keys()].join(', ')}`,
    );
  }
  const lacking =
    missing.length > 0
      ? `the signature of ${missing.join(', ')} is missing`
      : `signed by ${count} of the ${spec.minAuthorities} authorities that are required`;
  const relevant = spec.authorities.filter(({ name }) =>
    missing.length > 0 ? missing.includes(name) : !signers.has(name),
  );
  return lackOf(
    'Signature',
    policy,
    relevant.map(({ name }) => name),
    lacking,
    file,
  );
}

/**
 * Something is missing: unknown where it may only not have been seen, else refused for the reason that came nearest.
 * `names` are the authorities of the policy that could still provide it.
 */
export function lackOf(
  what: 'Signature' | 'Attestation',
  policy: string,
  names: readonly string[],
  lacking: string,
  file: CaseFile,
): Finding {
  const doubt = doubtAbout(policy, names, file);
  if (doubt) return doubtful(doubt.reason, `${lacking}, and it may exist: ${doubt.message}`);
  const nearest = nearestMiss(file.rejected.filter(({ claims }) => claims === undefined || claims === what));
  const otherwise = what === 'Signature' ? 'NoMatchingSignature' : 'AttestationMissing';
  return refused(
    nearest?.reason ?? otherwise,
    nearest
      ? `${lacking}; the nearest that was found: ${nearest.message}`
      : `${lacking}; nothing was found that claims to be it`,
  );
}

/** Why something by these authorities may exist that was not seen. */
export function doubtAbout(
  policy: string,
  names: readonly string[],
  file: CaseFile,
): Extract<Finding, { state: 'Unknown' }> | undefined {
  const doubt =
    names.map((name) => file.unavailable.get(authorityId(policy, name))).find((one) => one !== undefined) ??
    file.unread;
  return doubt && { state: 'Unknown', ...doubt };
}
