import type { ReleaseMetrics } from '../../src/reconcile/report.ts';

const idle = (): void => {};

/** For tests that look at releases and not at what is counted of them. */
export const noMetrics: ReleaseMetrics = {
  setPhase: idle,
  observePhase: idle,
  countVerdict: idle,
  countHold: idle,
  countRollback: idle,
  observeRollback: idle,
  countSignal: idle,
  countDrift: idle,
  observeDrift: idle,
  countFencedWrite: idle,
  forget: idle,
};
