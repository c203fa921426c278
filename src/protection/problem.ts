import type { ProtectionProblem } from '../api/protection-reasons.ts';
import type { Doubt } from '../api/verification-reasons.ts';
import { RegistryError, type RegistryFailure } from '../ports/registry-error.ts';

/** Why a digest is not protected, or not known to be. */
export interface Problem {
  readonly reason: ProtectionProblem | Doubt;
  readonly message: string;
  /** An answer about the artifact or the registry, not the want of one. */
  readonly final: boolean;
  /** How long the registry asks to wait (ms), where it does. */
  readonly retryAfterMs?: number | undefined;
}

const REASONS: Readonly<Record<RegistryFailure, Pick<Problem, 'reason' | 'final'>>> = {
  NotFound: { reason: 'DigestNotFound', final: true },
  DigestMismatch: { reason: 'DigestCorrupt', final: true },
  MissingContent: { reason: 'BlobsLost', final: true },
  TooLarge: { reason: 'ManifestTooLarge', final: true },
  Malformed: { reason: 'RegistryUnsupported', final: true },
  Unsupported: { reason: 'RegistryUnsupported', final: true },
  Forbidden: { reason: 'RegistryForbidden', final: true },
  ReadOnly: { reason: 'RegistryReadOnly', final: false },
  Unauthorized: { reason: 'RegistryUnauthorized', final: false },
  Throttled: { reason: 'RateLimited', final: false },
  Unavailable: { reason: 'RegistryUnavailable', final: false },
};

/** What the registry does not say itself. */
const REMEDIES: Readonly<Partial<Record<RegistryFailure, string>>> = {
  ReadOnly: 'nothing can be written there now, as during its maintenance; it is tried again by itself',
  Unsupported:
    'a pull-through cache takes no tags: release from the registry behind it, or set spec.protection.mode to Report',
};

/** A closure that is larger than is kept. */
export class ClosureTooLargeError extends Error {
  override readonly name = 'ClosureTooLargeError';
}

/** Of a list of tags: whatever is too large about it, no manifest is. It says nothing about what was read back before. */
export function listProblemOf(error: unknown): Problem {
  const problem = problemOf(error);
  if (problem.reason !== 'ManifestTooLarge') return problem;
  const message = `${problem.message}; have a clean-up delete those that nobody needs, or spread releases over more repositories`;
  return { ...problem, reason: 'TooManyTags', message, final: false };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ClosureTooLargeError)
    return { reason: 'ClosureTooLarge', message: error.message, final: true };
  if (error instanceof RegistryError) {
    const { message, reason, retryAfterMs } = error;
    const remedy = REMEDIES[reason];
    return { ...REASONS[reason], message: remedy ? `${message}; ${remedy}` : message, retryAfterMs };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { reason: 'ProtectionUnknown', message: detail, final: false };
}
