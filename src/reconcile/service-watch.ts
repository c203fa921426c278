import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Objective } from '../api/artifact-release-spec.ts';
import type { ServiceBurn, ServiceCounts, WindowCount } from '../domain/observation.ts';
import type { ServiceQuestion } from '../domain/questions.ts';
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
 * How fast the service of a release burns its error budgets. While all is calm, the two short windows of each
 * objective are all that is asked; each question is asked once.
 */
export class ServiceWatch {
  readonly #ports: ServiceWatchPorts;
  readonly #answers = new NewestAnswers<ServiceBurn>();

  constructor(ports: ServiceWatchPorts) {
    this.#ports = ports;
  }

  async read(release: ArtifactRelease, asked: ServiceQuestion, signal: AbortSignal): Promise<ServiceBurn> {
    const { scope, trial, at } = asked;
    const question = `${scope} ${trial} ${at.toISOString()}`;
    return this.#answers.to(release.metadata.uid, question, async () => {
      const services = await Promise.all(
        (release.spec.objectives ?? []).map(async (objective) => {
          const counts = await this.#service(release, objective, asked, signal);
          return counts ? [[objective.name, counts] as const] : [];
        }),
      );
      return { scope, trial, services: new Map(services.flat()) };
    });
  }

  forget(uid: string): void {
    this.#answers.forget(uid);
  }

  /** A threshold has no requests that a budget could be spent on; one that is not found where it is has no target. */
  async #service(
    release: ArtifactRelease,
    objective: Objective,
    asked: ServiceQuestion,
    signal: AbortSignal,
  ): Promise<ServiceCounts | undefined> {
    const { namespace } = release.metadata;
    const resolved = await resolveObjective(this.#ports.objectives, namespace, objective, signal);
    if (!resolved.known) return undefined;
    const { target, timeWindow, thresholdMetric } = resolved.value;
    if (target === undefined || thresholdMetric) return undefined;
    const windows = new Map<string, WindowCount>();
    const ask = this.#asking(release, resolved.value, asked, signal);
    const service = { terms: { target, timeWindow }, windows };
    await Promise.all(
      burnAlerts(timeWindow).map(async (alert) => {
        windows.set(alert.short, await ask(alert.short));
        if (isSuspicious(alert, service)) windows.set(alert.long, await ask(alert.long));
      }),
    );
    return service;
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

/** Whole, and at least one. */
const secondsBetween = (from: string, to: Date): number =>
  Math.max(1, Math.round((to.getTime() - Date.parse(from)) / milliseconds('1s')));
