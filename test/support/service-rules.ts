import { burningService } from '../../src/domain/service-burn.ts';
import { insist } from './broken-rule.ts';
import { byPerson } from './trial-progress.ts';
import type { Watcher } from './watcher.ts';

const TEN_MINUTES = 600_000;

/** A burning service is counted, and is heeded only by whom it is asked to: no canary begins, and nothing else is lost. */
export const burningIsCounted = (): Watcher => ({
  stored(pass, before, status) {
    const { spec } = pass.release;
    // A speed that is barely too high and rests on few requests is none: that is told by more than the speed.
    const services = pass.seen.serviceBurn?.services ?? new Map();
    const burns = burningService(services, Number(spec.analysis.confidence)) !== undefined;
    const heeded = spec.analysis.serviceBurn !== 'Ignore' && !spec.fix;
    insist(heeded || pass.seen.serviceBurn === undefined, 'asks what nobody heeds');
    const begins = byPerson(pass, 'ReleaseStarted');
    insist(!begins || !burns, 'begins while stable burns', status.message);
    if (status.failure?.reason !== 'ServiceBurning' || before?.failure) return;
    insist(burns && spec.analysis.serviceBurn === 'Rollback', 'rolls back without a burn', status.failure);
  },
});

/**
 * Nothing begins on a budget that is spent, nor without having asked, unless it is to mend that or does not heed it;
 * and who waits for that goes on within ten minutes of its return.
 */
export const budgetIsKept = (): Watcher => ({
  stored(pass, _, status, { prometheus }) {
    const { release, seen, now } = pass;
    const { spec, metadata } = release;
    const spends = spec.objectives?.some(({ thresholdMetric }) => !thresholdMetric) ?? false;
    const heeded = spends && spec.analysis.exhaustedBudget !== 'Ignore' && !spec.fix;
    insist(heeded || seen.serviceBudgets === undefined, 'asks what nobody heeds');
    const age = now.getTime() - Date.parse(metadata.creationTimestamp);
    const asked = new Date(now.getTime() - (age % TEN_MINUTES));
    const waits = status.conditions.some(({ reason }) => reason === 'BudgetExhausted');
    if (byPerson(pass, 'ReleaseStarted') && heeded) {
      insist(seen.serviceBudgets !== undefined, 'begins without having asked');
      insist(prometheus.budgetAt(asked) !== 'spent', 'begins on a budget that is spent', status.message);
    }
    const pending = [...seen.verification.values(), ...seen.protection.values()].some((c) => c.pending);
    if (waits && status.phase === 'Blocked' && !pending)
      insist(
        heeded && prometheus.budgetAt(asked) === 'spent',
        'waits for a budget that is there',
        status.message,
      );
  },
});
