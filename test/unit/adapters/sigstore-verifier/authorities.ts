import type { KeyObject } from 'node:crypto';
import type { ResolvedAuthority } from '../../../../src/adapters/sigstore-verifier/authority.ts';
import type { HashAlgorithm } from '../../../../src/adapters/sigstore-verifier/signature-check.ts';
import type { Identity } from '../../../../src/api/authority-spec.ts';

export const keyless = (
  trustedRoot: string,
  identities: readonly Identity[],
  { logRequired = true, timestampRequired = false, ignoreSct = false } = {},
): ResolvedAuthority => ({
  id: 'policy/ci',
  logRequired,
  timestampRequired,
  trust: { kind: 'Keyless', identities, trustedRoot, ignoreSct },
});

export const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

export const byKey = (
  pem: string,
  options: { hashAlgorithm?: HashAlgorithm; trustedRoot?: string; logRequired?: boolean; id?: string } = {},
): ResolvedAuthority => {
  const { logRequired = false, id = 'policy/release', ...trust } = options;
  return { id, logRequired, timestampRequired: false, trust: { kind: 'Key', pem, ...trust } };
};
