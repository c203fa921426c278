import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Objective } from '../api/artifact-release-spec.ts';
import type {
  ServiceBudgets,
  ServiceBurn,
  ServiceCounts,
  Terms,
  WindowCount,
} from '../domain/observation.ts';
import type { BudgetQuestion, ServiceQuestion } from '../domain/questions.ts';
import { budgetWindow, overWindow } from '../domain/service-budget.ts';
import { burnAlerts, isSuspicious } from '../domain/service-burn.ts';
import { milliseconds, seconds } from '../domain/time.ts';
import type { ObjectiveReader } from '../ports/objective-reader.ts';
import type { ServiceSource } from '../ports/service-source.ts';
import { NewestAnswers } from './newest-answers.ts';
import { resolveObjective } from './resolve-objective.ts';
import { serviceOf, stableOf } from './sides.ts';

export interface ServiceWatchPorts {
  readonly objectives: ObjectiveReader;
  readonly service: ServiceSource;
}

/**
 * How fast the service of a release burns its error budgets, and how much of them it has spent. While all is calm, the
 * two short windows of each objective are all that is asked; each question is asked once.
 */
export class ServiceWatch {
  readonly #ports: ServiceWatchPorts;
  readonly #answers = new NewestAnswers<ServiceBurn>();
  /** Apart from those, which come each minute: a budget is asked for far less often. */
  readonly #budgets = new NewestAnswers<ServiceBudgets>();

  constructor(ports: ServiceWatchPorts) {
    this.#ports = ports;
  }

  async read(release: ArtifactRelease, asked: ServiceQuestion, signal: AbortSignal): Promise<ServiceBurn> {
    const { scope, trial, at } = asked;
    const question = `${scope} ${trial} ${at.toISOString()}`;
    return this.#answers.to(release.metadata.uid, question, async () => {
      const services = await this.#services(release, signal, (objective, terms) =>
        burnWindows(terms, this.#asking(release, objective, asked, signal)),
      );
      return { scope, trial, services };
    });
  }

  /** What stable did over the whole window of each objective, slice by slice: there is no dearer question. */
  async budgets(
    release: ArtifactRelease,
    { at, digest, generation }: BudgetQuestion,
    signal: AbortSignal,
  ): Promise<ServiceBudgets> {
    const question = `${generation} ${digest} ${at.toISOString()}`;
    return this.#budgets.to(release.metadata.uid, question, () =>
      this.#services(release, signal, async (objective, { timeWindow }) => {
        const window = budgetWindow(timeWindow);
        const asked = { ...stableOf(release), ...window, objective, digest, at };
        const slices = await this.#ports.service.slices(asked, signal);
        return new Map([[timeWindow, overWindow(slices, window.sliceSeconds)]]);
      }),
    );
  }

  forget(uid: string): void {
    this.#answers.forget(uid);
    this.#budgets.forget(uid);
  }

  /** A threshold has no requests that a budget could be spent on; one that is not found where it is has no target. */
  async #services(
    release: ArtifactRelease,
    signal: AbortSignal,
    count: (objective: Objective, terms: Terms) => Promise<ServiceCounts['windows']>,
  ): Promise<ReadonlyMap<string, ServiceCounts>> {
    const { metadata, spec } = release;
    const services = await Promise.all(
      (spec.objectives ?? []).map(async (objective) => {
        const resolved = await resolveObjective(
          this.#ports.objectives,
          metadata.namespace,
          objective,
          signal,
        );
        if (!resolved.known) return [];
        const { target, timeWindow, thresholdMetric } = resolved.value;
        if (target === undefined || thresholdMetric) return [];
        const terms = { target, timeWindow };
        return [[objective.name, { terms, windows: await count(resolved.value, terms) }] as const];
      }),
    );
    return new Map(services.flat());
  }

  /** Windows that a young trial cuts to the same length are asked for once. */
  #asking(
    release: ArtifactRelease,
    objective: Objective,
    { at, digest, scope, trial }: ServiceQuestion,
    signal: AbortSignal,
  ): (window: string) => Promise<WindowCount> {
    const most = scope === 'Door' ? Number.POSITIVE_INFINITY : secondsBetween(trial, at);
    const service = scope === 'Door' ? stableOf(release) : serviceOf(release);
    const answers = new Map<number, Promise<WindowCount['count']>>();
    return async (window) => {
      const windowSeconds = Math.min(seconds(window), most);
      const known = answers.get(windowSeconds);
      const question = { ...service, objective, digest, windowSeconds, at };
      const answer = known ?? this.#ports.service.counts(question, signal);
      answers.set(windowSeconds, answer);
      return { count: await answer, seconds: windowSeconds };
    };
  }
}

async function burnWindows(
  terms: Terms,
  ask: (window: string) => Promise<WindowCount>,
): Promise<ServiceCounts['windows']> {
  const windows = new Map<string, WindowCount>();
  await Promise.all(
    burnAlerts(terms.timeWindow).map(async (alert) => {
      windows.set(alert.short, await ask(alert.short));
      if (isSuspicious(alert, { terms, windows })) windows.set(alert.long, await ask(alert.long));
    }),
  );
  return windows;
}

/** Whole, and at least one. */
const secondsBetween = (from: string, to: Date): number =>
  Math.max(1, Math.round((to.getTime() - Date.parse(from)) / milliseconds('1s')));
