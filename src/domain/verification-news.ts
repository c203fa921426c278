import type { Status } from '../api/artifact-release-status.ts';
import type { Signal } from '../api/verification-status.ts';
import { shortDigest } from './digest.ts';
import { type Notice, warning } from './notice.ts';

/** Signals that were not there before. */
export function newSignals(before: Status | undefined, after: Status): readonly Signal[] {
  const told = toldBefore(before, after);
  if (told === undefined) return [];
  const types = (told.signals ?? []).map(({ type }) => type);
  return (after.verification?.signals ?? []).filter(({ type }) => !types.includes(type));
}

/** What people are told of a record: what is odd, and what policies in mode warn miss. Their words change with time. */
export function verificationNotices(before: Status | undefined, after: Status): readonly Notice[] {
  const { verification } = after;
  const told = toldBefore(before, after);
  if (verification === undefined || told === undefined) return [];
  const name = shortDigest(verification.digest);
  const signals = newSignals(before, after).map(({ type, message }) => warning(type, `${name}: ${message}`));
  const { warnings = [] } = verification;
  if (warnings.length === 0 || (told.warnings ?? []).length > 0) return signals;
  const missed = `${name} does not prove what policies in mode warn ask for: ${warnings.join('; ')}`;
  return [...signals, warning('VerificationFailed', missed)];
}

/** The record that people know, empty for a new digest; undefined where they were told earlier, and it is stable again. */
function toldBefore(
  before: Status | undefined,
  { verification, candidate }: Status,
): Partial<Known> | undefined {
  const known = before?.verification;
  if (known === undefined || known.digest === verification?.digest) return known ?? {};
  return candidate ? {} : undefined;
}

type Known = NonNullable<Status['verification']>;
