import { PolicyError, VerificationError } from '@sigstore/verify';
import type { Refusal } from '../../api/verification-reasons.ts';

/** Something attached does not prove what it claims to; `reason` is final for it. */
export class VerificationFailure extends Error {
  override readonly name = 'VerificationFailure';
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Every error of the libraries as a failure. They throw plain errors and TypeErrors for content that an attacker
 * wrote, so an unknown one is a refusal of that content and never an outage.
 */
export function toFailure(error: unknown): VerificationFailure {
  if (error instanceof VerificationFailure) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof PolicyError) return new VerificationFailure('IdentityMismatch', text);
  if (error instanceof VerificationError) return new VerificationFailure(reasonOf(error.code), text);
  // @sigstore/core takes fractions of a second only with three digits, and says no more than this.
  if (/invalid time/i.test(text)) {
    return new VerificationFailure('TimestampInvalid', 'the signed timestamp has a time that cannot be read');
  }
  return new VerificationFailure('UnsupportedFormat', `it cannot be read: ${text}`);
}

function reasonOf(code: VerificationError['code']): Refusal {
  switch (code) {
    case 'CERTIFICATE_ERROR':
      return 'CertificateUntrusted';
    case 'TIMESTAMP_ERROR':
      return 'TimestampInvalid';
    case 'SIGNATURE_ERROR':
    case 'PUBLIC_KEY_ERROR':
      return 'SignatureInvalid';
    case 'NOT_IMPLEMENTED_ERROR':
      return 'UnsupportedFormat';
    default:
      return 'LogEntryInvalid';
  }
}
