/** Why a digest is not protected. They are API like every reason: an entry is never renamed. */
export const PROTECTION_PROBLEMS = [
  /** Tags are being put, or not yet read back. */
  'ProtectionPending',
  'ProtectionUnknown',
  'DigestNotFound',
  'DigestCorrupt',
  'BlobsLost',
  'ClosureTooLarge',
  'ManifestTooLarge',
  'TooManyTags',
  'RegistryReadOnly',
  'RegistryForbidden',
  'RegistryUnsupported',
] as const;
export type ProtectionProblem = (typeof PROTECTION_PROBLEMS)[number];

export const PROTECTION_REASONS = [
  ...PROTECTION_PROBLEMS,
  'Protected',
  'ReportOnly',
  // Whether there is a way back
  'RollbackReady',
  'RollbackNotReady',
  'NothingToReturnTo',
  // events
  'ProtectionConfirmed',
  'ProtectionLost',
  'ProtectionRepaired',
  'ReleaseBlocked',
  'Archived',
  'ArchiveFailed',
  'Restored',
] as const;
