import type { Reason } from '../api/conditions.ts';

/** A change that the world refuses, in words for the release's own status. It is tried again with backoff. */
export class EffectError extends Error {
  override readonly name = 'EffectError';
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
