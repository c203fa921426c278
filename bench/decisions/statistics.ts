import { logFactorial } from './random.ts';

/**
 * Upper end of the one-sided 95 % confidence interval of Clopper & Pearson (1934) for a share of which `events` among
 * `trials` were seen: the share at which so few would have been seen with probability 0.05.
 */
export function upperBound(events: number, trials: number): number {
  if (events >= trials) return 1;
  let [low, high] = [events / trials, 1];
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    if (atMost(events, trials, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Probability of at most `events` among `trials`: summed from its largest term down until nothing is added. */
function atMost(events: number, trials: number, share: number): number {
  const logFirst =
    logChoose(trials, events) + events * Math.log(share) + (trials - events) * Math.log1p(-share);
  const first = Math.exp(logFirst);
  let sum = 0;
  let term = 1;
  for (let k = events; k >= 0 && term > 1e-16 * sum; k -= 1) {
    sum += term;
    term *= (k * (1 - share)) / ((trials - k + 1) * share);
  }
  return first * sum;
}

/**
 * Probability of `bad` or more bad requests among the candidate's `total`, given those of both sides together, if
 * either side is equally likely to have them. Source: Fisher, "The Design of Experiments" (1935).
 */
export function fisherExact(bad: number, total: number, otherBad: number, otherTotal: number): number {
  const allBad = bad + otherBad;
  // Below its mean the probability is more than a half less the spread of one request, and no term need be summed.
  if (bad * (total + otherTotal) <= allBad * total) return 1;
  const logFirst =
    logChoose(total, bad) + logChoose(otherTotal, otherBad) - logChoose(total + otherTotal, allBad);
  let sum = 0;
  let term = 1;
  for (let k = bad; term > 1e-16 * sum; k += 1) {
    sum += term;
    term *= ((total - k) * (allBad - k)) / ((k + 1) * (otherTotal - allBad + k + 1));
  }
  return Math.min(1, Math.exp(logFirst) * sum);
}

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
