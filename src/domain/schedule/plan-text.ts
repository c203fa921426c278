import type { Spec } from '../../api/artifact-release-spec.ts';
import type { Plan } from '../../api/candidate-status.ts';
import { seconds } from '../time.ts';
import { isForWantOfTraffic } from './plan.ts';

/** `computed schedule 5% 3m, 25% 2m, 50% 2m: about 7m, at worst 0.4% of the error budget`. */
export function planText({ steps, expectedDuration, worstCaseSpend }: Plan, { analysis }: Spec): string {
  const listed = steps.map(({ weight, duration }) => `${weight}% ${duration}`).join(', ');
  const worst = Number(worstCaseSpend.toPrecision(2));
  const over = worstCaseSpend > Number(analysis.budgetLimit);
  const most = over
    ? ', which is more than budgetLimit: the smallest canary here costs that; more replicas, or a shorter analysis.interval, make it less'
    : '';
  const isSlow = isForWantOfTraffic(
    steps.map(({ duration }) => seconds(duration)),
    {
      maxHoldSeconds: seconds(analysis.maxHold),
      intervalSeconds: seconds(analysis.interval),
    },
  );
  const why = isSlow ? '; there is little traffic, so the evidence takes long, and steps are few' : '';
  return `computed schedule ${listed}: about ${expectedDuration}, at worst ${worst}% of the error budget${most}${why}`;
}
