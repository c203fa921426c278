/**
 * What goes wrong with a registry.
 *
 * NotFound, TooLarge, DigestMismatch and Malformed are answers: asking again soon gives the same one.
 * Unauthorized, Throttled and Unavailable say nothing about the artifact, so what depends on them is unknown.
 * Forbidden, ReadOnly, Unsupported and MissingContent are answers to writes alone: see RepositoryWriter.
 */
export type RegistryFailure =
  | 'NotFound'
  | 'Unauthorized'
  | 'Throttled'
  | 'TooLarge'
  | 'DigestMismatch'
  | 'Unavailable'
  | 'Malformed'
  | 'Forbidden'
  | 'ReadOnly'
  | 'Unsupported'
  | 'MissingContent';

/** Further facts about a failure. */
export interface RegistryErrorDetails {
  readonly cause?: unknown;
  /** How long the registry asks to wait (ms, >= 0), where it does. */
  readonly retryAfterMs?: number | undefined;
}

/** A call of a registry without a usable answer. Its message is one line for people and holds no credentials. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly reason: RegistryFailure;
  readonly retryAfterMs: number | undefined;

  constructor(reason: RegistryFailure, message: string, { cause, retryAfterMs }: RegistryErrorDetails = {}) {
    super(message, { cause });
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The registry has no such thing; as an answer, not for want of one. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof RegistryError && error.reason === 'NotFound';
