import { logMeanExp } from './mixture.ts';

/** Samples in which one side's value was further from good than the other's; equal ones are in neither. */
export interface Signs {
  readonly higher: number;
  readonly lower: number;
}

/** "The candidate's value is the worse one in this share of the samples", from a little above half to nearly all. */
const SHARES: readonly number[] = [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98];

/**
 * ln E against "the candidate's value is not the worse one more often than stable's", whatever the values are
 * distributed like: E = mean over q of (q/½)^higher · ((1−q)/½)^lower.
 *
 * Assumption: given the samples before it, the next one is as likely to be worse on the one side as on the other.
 * Samples that are closer together than what the value remembers break it: a queue that is long stays long.
 * Source: the sign test (Arbuthnott 1710; Dixon & Mood 1946), made sequential as the tests beside it.
 */
export function logEvidenceHigher({ higher, lower }: Signs): number {
  return logMeanExp(SHARES.map((q) => higher * Math.log(2 * q) + lower * Math.log(2 * (1 - q))));
}
