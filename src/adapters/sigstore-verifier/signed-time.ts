import type { SignedEntity } from '@sigstore/verify';

/**
 * The earliest instant that a verified log or timestamp authority vouches for. The time of a log entry is signed only
 * by its inclusion promise; without one anybody could have written it.
 */
export function signedTime({ timestamps }: SignedEntity): string | undefined {
  const times = timestamps.flatMap((stamp) => {
    if (stamp.$case === 'timestamp-authority') return [stamp.timestamp.signingTime.getTime()];
    const { inclusionPromise, integratedTime } = stamp.tlogEntry;
    return inclusionPromise ? [Number(integratedTime) * 1000] : [];
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times)).toISOString();
}

export const hasTimestamp = ({ timestamps }: SignedEntity): boolean =>
  timestamps.some(({ $case }) => $case === 'timestamp-authority');
