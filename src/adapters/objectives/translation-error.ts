import type { Reason } from '../../api/conditions.ts';

/** Each is a reason of an unknown reading. */
export type TranslationFailure = Extract<Reason, 'ObjectiveNotFound' | 'ObjectiveInvalid' | 'NotSupported'>;

/** Why what is written down elsewhere is no objective here. Its message is for people, and says what would help. */
export class TranslationError extends Error {
  override readonly name = 'TranslationError';
  readonly reason: TranslationFailure;

  constructor(reason: TranslationFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** Runs `translate`, and puts the place in front of the message of what goes wrong there. */
export function within<T>(place: string, translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    if (!(error instanceof TranslationError)) throw error;
    throw new TranslationError(error.reason, `${place}: ${error.message}`, error);
  }
}
