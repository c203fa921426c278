import type { Clock } from '../../controller/clock.ts';
import { known, type Reading, type Unknown, unknown } from '../../domain/reading.ts';
import type {
  FoundObjective,
  ObjectiveReader,
  ObjectiveRef,
  ObjectiveTranslator,
} from '../../ports/objective-reader.ts';
import type { ApiClient } from './api-client.ts';
import { isForbidden, KubeApiError } from './kube-api-error.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import { CONFIG_MAPS } from './resources.ts';

/** An SLO changes by a review, a verdict is due every half minute: nobody waits for the newest text of it. */
const FRESH_MS = 60_000;
/** How long what was read last is believed while the API server does not answer. */
const BELIEVED_MS = 60 * 60_000;
const MAX_ENTRIES = 1_000;
/** Shorter than the default: this is one of the questions of a pass, and there is an answer from before. */
const TIMEOUT_MS = 5_000;

const RESOURCES: Readonly<Record<ObjectiveRef['kind'], Resource>> = {
  PrometheusServiceLevel: { group: 'sloth.slok.dev', version: 'v1', resource: 'prometheusservicelevels' },
  ServiceLevelObjective: { group: 'pyrra.dev', version: 'v1alpha1', resource: 'servicelevelobjectives' },
  ConfigMap: CONFIG_MAPS,
};

/** What the API server said about an object; `outage` where it said nothing. */
type Answer = { readonly known: true; readonly value: unknown } | (Unknown & { readonly outage: boolean });

interface Entry {
  readonly objective: FoundObjective;
  readonly readAtMs: number;
}

/**
 * Reads objectives that are written down in other objects, each by its name and in the namespace of the release. Only
 * what was understood is remembered: a mistake that is mended counts at the next question.
 */
export class KubeObjectiveReader implements ObjectiveReader {
  readonly #client: Pick<ApiClient, 'get'>;
  readonly #translate: ObjectiveTranslator;
  readonly #clock: Clock;
  /** By reference, the oldest reading first. */
  readonly #entries = new Map<string, Entry>();

  constructor(client: Pick<ApiClient, 'get'>, translate: ObjectiveTranslator, clock: Clock) {
    this.#client = client;
    this.#translate = translate;
    this.#clock = clock;
  }

  /** Throws the reason of the signal where that aborts, and nothing else. */
  async read(namespace: string, ref: ObjectiveRef, signal: AbortSignal): Promise<Reading<FoundObjective>> {
    const key = JSON.stringify([namespace, ref.kind, ref.name, ref.key, ref.slo]);
    const entry = this.#entries.get(key);
    if (entry && this.#ageMs(entry) < FRESH_MS) return known(entry.objective);
    const reading = await this.#readAgain(namespace, ref, key, signal);
    return reading.known ? reading : unknown(reading.reason, `${ref.kind} ${ref.name}: ${reading.message}`);
  }

  async #readAgain(
    namespace: string,
    ref: ObjectiveRef,
    key: string,
    signal: AbortSignal,
  ): Promise<Reading<FoundObjective>> {
    const object = await this.#object(namespace, ref, signal);
    const before = this.#entries.get(key);
    if (!object.known && object.outage && before && this.#ageMs(before) < BELIEVED_MS)
      return known(before.objective);
    const reading = object.known ? this.#translate(object.value, ref) : object;
    this.#entries.delete(key);
    if (reading.known) this.#remember(key, reading.value);
    return reading;
  }

  async #object(namespace: string, ref: ObjectiveRef, signal: AbortSignal): Promise<Answer> {
    const path = resourcePath(RESOURCES[ref.kind], { namespace, name: ref.name });
    try {
      return { known: true, value: await this.#client.get<unknown>(path, { signal, timeoutMs: TIMEOUT_MS }) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ...refused(error, namespace, ref), outage: isOutage(error) };
    }
  }

  #remember(key: string, objective: FoundObjective): void {
    this.#entries.set(key, { objective, readAtMs: this.#clock.monotonic() });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) return;
      this.#entries.delete(oldest);
    }
  }

  #ageMs({ readAtMs }: Entry): number {
    return this.#clock.monotonic() - readAtMs;
  }
}

/** Nothing was said about the object: the server was not reached, broke, or has too much to do. */
const isOutage = (error: unknown): boolean =>
  !(error instanceof KubeApiError) || error.status >= 500 || error.status === 429;

function refused(error: unknown, namespace: string, { kind, name }: ObjectiveRef): Unknown {
  const { group, version, resource } = RESOURCES[kind];
  if (isForbidden(error)) {
    const whole = group === '' ? resource : `${resource}.${group}`;
    return unknown(
      'ObjectiveUnavailable',
      `the operator may not read it; allow its service account to get ${whole} in namespace ${namespace}`,
    );
  }
  if (!(error instanceof KubeApiError) || error.status !== 404)
    return unknown('ObjectiveUnavailable', error instanceof Error ? error.message : String(error));
  // About a kind that is not there the API server says nothing but 404.
  return error.reason === 'NotFound'
    ? unknown('ObjectiveNotFound', `there is no ${name} in namespace ${namespace}`)
    : unknown(
        'ObjectiveNotFound',
        `this cluster has no ${resource} of ${group}/${version}; install their CRD`,
      );
}
