import type { Totals } from '../../src/api/artifact-release-status.ts';
import type { Count } from '../../src/domain/evidence/count.ts';
import { known, type Reading, unknown } from '../../src/domain/reading.ts';
import type { ServiceQuestion } from '../../src/ports/service-source.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { BLIND, type Budget, type Measured } from './happenings.ts';
import type { SlicesQuestion } from './service-source.ts';

/** As long as the interval of an analysis, and counted like it. */
const SCRAPE_SECONDS = 30;

/** A baseline is of less time than any budget. */
const BASELINE_SECONDS = 6 * 3600;

/** What Prometheus says of a service that is good, burns or is idle, or of which it says nothing. */
export class SimulatedPrometheus {
  readonly #measured: { readonly since: number; readonly as: Measured }[] = [{ since: 0, as: 'good' }];
  readonly #budgets: { readonly since: number; readonly is: Budget }[] = [];
  /** Requests to it. */
  asked = 0;

  measure(now: number, as: Measured): void {
    this.#measured.push({ since: now, as });
  }

  budget(now: number, is: Budget): void {
    this.#budgets.push({ since: now, is });
  }

  totals(question: SloQuestion): Reading<Totals> {
    this.asked++;
    // Prometheus scrapes now and then: asked again in between, as after a crash, it answers the same.
    const window = question.windowSeconds - (question.windowSeconds % SCRAPE_SECONDS);
    const scraped = question.at.getTime() - (question.windowSeconds - window) * 1000;
    const measured = this.#measured.findLast(({ since }) => since < scraped)?.as ?? 'good';
    const blind = BLIND.find((reason) => reason === measured);
    if (blind) return unknown(blind, `${question.objective.name}: ${blind}`);
    const requests = measured === 'idle' ? 0 : window * 5;
    const bad = (burns: boolean): number => (burns ? Math.round(requests * 0.3) : 0);
    const withStable = question.stable !== undefined;
    return known({
      bad: bad(measured === 'burning' || measured === 'both burn'),
      total: requests,
      stableBad: withStable ? bad(measured === 'both burn' || measured === 'stable burns') : 0,
      stableTotal: withStable ? requests : 0,
      seconds: window,
    });
  }

  slices({ objective, at, windowSeconds, sliceSeconds }: SlicesQuestion): Reading<readonly Count[]> {
    this.asked++;
    const count = Math.floor(windowSeconds / sliceSeconds);
    if (windowSeconds > BASELINE_SECONDS) return this.#budget(objective.name, at, count);
    // What the hour was like does not depend on when one asks about it.
    const measured = this.#measured.findLast(({ since }) => since < at.getTime())?.as ?? 'good';
    const blind = BLIND.find((reason) => reason === measured);
    if (blind) return unknown(blind, `${objective.name}: ${blind}`);
    const total = measured === 'idle' ? 0 : 10 * sliceSeconds;
    const bad = measured === 'burning' || measured === 'both burn' ? 0.3 * total : 0;
    return known(Array.from({ length: count }, () => ({ bad, total })));
  }

  /** Of whole windows, whatever Prometheus says now about an instant that is past. */
  #budget(objective: string, at: Date, slices: number): Reading<readonly Count[]> {
    const is = this.budgetAt(at);
    if (is !== 'kept' && is !== 'spent') return unknown(is, `${objective}: ${is}`);
    return known(Array.from({ length: slices }, () => ({ bad: is === 'spent' ? 3 : 0, total: 200 })));
  }

  budgetAt(at: Date): Budget {
    return this.#budgets.findLast(({ since }) => since < at.getTime())?.is ?? 'kept';
  }

  /** What burns as a whole fails for good: a life is short, and has to see it. */
  service({ objective, at, windowSeconds }: ServiceQuestion): Reading<Count> {
    this.asked++;
    const [from, to] = [at.getTime() - windowSeconds * 1000, at.getTime()];
    const count = { bad: 0, total: 0 };
    for (const [index, { since, as }] of this.#measured.entries()) {
      const until = this.#measured[index + 1]?.since ?? to;
      const requests = Math.max(0, Math.min(until, to) - Math.max(since, from)) / 100;
      const blind = BLIND.find((reason) => reason === as);
      if (blind && since < to && until >= to) return unknown(blind, `${objective.name}: ${blind}`);
      if (as === 'idle' || blind) continue;
      count.total += requests;
      if (as === 'both burn' || as === 'stable burns') count.bad += requests;
    }
    return known(count);
  }
}
