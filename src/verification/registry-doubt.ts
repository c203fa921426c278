import type { Doubt } from '../api/verification-reasons.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import { RegistryError, type RegistryFailure } from '../ports/registry-error.ts';

const DOUBT_OF: Readonly<Partial<Record<RegistryFailure, Doubt>>> = {
  Unauthorized: 'RegistryUnauthorized',
  Throttled: 'RateLimited',
};

/** Why something of a registry is not known; nothing follows from it about the artifact. */
export function doubtOf(error: unknown): Doubtful {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof RegistryError ? DOUBT_OF[error.reason] : undefined;
  return { reason: reason ?? 'RegistryUnavailable', message };
}
