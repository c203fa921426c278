import type { Evaluation, Stage } from '../evaluation.ts';
import type { Clumping } from '../evidence/clumping.ts';
import { confidenceSequence, type Interval } from '../evidence/confidence-sequence.ts';
import { type Count, sumCounts } from '../evidence/count.ts';
import { toPair } from '../segments.ts';

/** What there is to draw of one evaluation. Ratios are of bad requests, from 0 to 1. */
export interface Point {
  readonly at: string;
  readonly stage: Stage;
  /** Share of the traffic in percent. */
  readonly weight: number;
  /** Of the release so far; absent without requests. */
  readonly candidate?: number;
  /** Where the true ratio of the candidate is, at every look at once, with the confidence of the policy. */
  readonly interval: Interval;
  /** Of what the candidate is compared with; absent without requests. */
  readonly stable?: number;
  /** The ratio that spends the error budget as fast as is acceptable. */
  readonly acceptable: number;
  /** In percent of what a roll-back needs. */
  readonly evidence: number;
}

export function pointOf({ assessment, evaluatedAt: at, input, stage, weight }: Evaluation): Point {
  const { comparison, confidence, clumping, current, maxBurnRate, steps, target } = input;
  const segments = [...steps, current].map(toPair);
  const candidate = sumCounts(segments.map((segment) => segment.candidate));
  const compared = comparison === 'before' ? segments.slice(-1) : segments;
  const stable = sumCounts(compared.map((segment) => segment.stable));
  return {
    ...{ at, stage, weight, evidence: assessment.evidence },
    ...(candidate.total > 0 && { candidate: candidate.bad / candidate.total }),
    ...(stable.total > 0 && { stable: stable.bad / stable.total }),
    interval: confidenceSequence(independentOf(candidate, clumping), 1 - confidence),
    acceptable: Math.min(1, maxBurnRate * (1 - target)),
  };
}

/** The same ratio of as many requests as are events of their own. */
const independentOf = ({ bad, total }: Count, { dispersion }: Clumping): Count => ({
  bad: bad / dispersion,
  total: total / dispersion,
});
