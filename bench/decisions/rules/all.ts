import type { World } from '../worlds.ts';
import { ArgoRollouts } from './argo-rollouts.ts';
import { BurnRateAlert } from './burn-rate-alert.ts';
import { Fisher } from './fisher.ts';
import { Flagger } from './flagger.ts';
import { Ours } from './ours.ts';
import type { Rule } from './rule.ts';
import { Sprt } from './sprt.ts';

/** In the order of tables and plots. */
export const RULES = ['ours', 'flagger', 'argo_rollouts', 'burn_rate_alert', 'fisher', 'sprt'] as const;
export type RuleName = (typeof RULES)[number];

export const rulesFor = (world: World): Readonly<Record<RuleName, Rule>> => ({
  ours: new Ours(world),
  flagger: new Flagger(world),
  argo_rollouts: new ArgoRollouts(world),
  burn_rate_alert: new BurnRateAlert(world),
  fisher: new Fisher(),
  sprt: new Sprt(world),
});
