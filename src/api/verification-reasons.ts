/**
 * Why a requirement of verification is not met. Refused is final for this digest and policy; Unknown is asked again.
 * They are API like every reason: an entry is never renamed.
 */
export const REFUSALS = [
  'NoMatchingSignature',
  'SignatureInvalid',
  'IdentityMismatch',
  'CertificateUntrusted',
  'TimestampInvalid',
  'LogEntryInvalid',
  'DigestMismatch',
  'AttestationMissing',
  'UnsupportedFormat',
  'UnsupportedKey',
  'ContentTooLarge',
  'ProvenanceMismatch',
  'ProvenanceConflict',
  'SbomIncomplete',
  'VulnerabilityThreshold',
  'ScanTooOld',
  'ScanTimeInvalid',
  'Revoked',
  'SignerChanged',
  'NotReproducible',
  'TagMoved',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export const DOUBTS = [
  'KeyUnavailable',
  'AuthorityInvalid',
  'TrustRootUnavailable',
  'RegistryUnavailable',
  'RegistryUnauthorized',
  'RateLimited',
  'TooManyReferrers',
  'VerifierFailed',
  'VerificationPending',
  'PolicyInvalid',
  'NamespaceUnknown',
  'NotPromotedYet',
] as const;
export type Doubt = (typeof DOUBTS)[number];
