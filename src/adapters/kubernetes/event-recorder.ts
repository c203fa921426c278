/**
 * Writes events.k8s.io/v1 events without making anybody wait.
 *
 * Guarantees:
 * - `record` returns at once and never throws; at most 1,000 writes wait, in order, one in flight;
 * - a new event costs one POST; its first repeat costs one PATCH; further repeats together one PATCH in 6 minutes;
 * - one object cannot cause more than 25 new events at once and one every 5 minutes after that;
 * - what is dropped is counted, with the reason;
 * - `stop` gives what waits 3 s to be written.
 *
 * Assumption: events are for people. Nothing may depend on one being there: a crash loses what waits.
 */
import { randomBytes } from 'node:crypto';
import type { CancelTimer, Clock } from '../../controller/clock.ts';
import { settlesWithin } from '../../controller/deadline.ts';
import { toMicroTime } from '../../controller/micro-time.ts';
import type { ApiClient } from './api-client.ts';
import { type EventSeries, EventSeriesCache, SERIES_GAP_MS } from './event-series.ts';
import { EventSpamFilter } from './event-spam-filter.ts';
import { type KubeEvent, truncateNote } from './kube-event.ts';
import { type Resource, resourcePath } from './resource-path.ts';

const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
const MAX_WAITING = 1_000;
const DRAIN_MS = 3_000;
/** Leaves room for the suffix below the 253 characters of a name. */
const MAX_NAME_PREFIX = 200;

/** Why an event is not written. */
export const EVENT_DROP_REASONS = ['spam', 'overflow', 'failed', 'stopped'] as const;
export type EventDropReason = (typeof EVENT_DROP_REASONS)[number];

/** Collaborators of a recorder. */
export interface EventRecorderOptions {
  readonly client: Pick<ApiClient, 'create' | 'mergePatch'>;
  readonly clock: Clock;
  /** Who reports, for example `example.dev/operator`. */
  readonly reportingController: string;
  /** Which process of it, for example the pod's name. */
  readonly reportingInstance: string;
  /** `error` is there for the reason `failed`. */
  readonly onDrop: (reason: EventDropReason, error?: unknown) => void;
}

/** See the head of this file. */
export class EventRecorder {
  readonly name = 'event recorder';
  readonly #options: EventRecorderOptions;
  readonly #series: EventSeriesCache;
  readonly #spamFilter: EventSpamFilter;
  readonly #waiting: (() => Promise<void>)[] = [];
  #writing: Promise<void> | undefined;
  #cancelFlush: CancelTimer | undefined;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#series = new EventSeriesCache(options.clock);
    this.#spamFilter = new EventSpamFilter(options.clock);
  }

  record(event: KubeEvent): void {
    if (this.#stopped) {
      this.#options.onDrop('stopped');
      return;
    }
    const noted = { ...event, note: truncateNote(event.note) };
    const series = this.#series.repeat(noted);
    if (series === undefined) this.#recordNew(noted);
    else if (series.writtenCount === 1 && series.count === 2) this.#enqueueUpdate(series);
    else this.#flushLater();
  }

  /** Nothing to start: the first event does. Makes the recorder a service of the manager. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes what waits, within 3 s, and takes no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#flush();
    const written = await settlesWithin(this.#options.clock, DRAIN_MS, this.#writing ?? Promise.resolve());
    if (!written) for (const _ of this.#waiting.splice(0)) this.#options.onDrop('stopped');
  }

  #recordNew(event: KubeEvent): void {
    if (!this.#spamFilter.admits(event.regarding.uid)) {
      this.#options.onDrop('spam');
      return;
    }
    const namespace = event.regarding.namespace ?? 'default';
    const name = `${event.regarding.name.slice(0, MAX_NAME_PREFIX)}.${randomBytes(8).toString('hex')}`;
    const path = resourcePath(EVENTS, { namespace, name });
    const body = this.#toBody(event, namespace, name);
    this.#series.begin(event, path);
    this.#enqueue(path, async () => {
      await this.#options.client.create(resourcePath(EVENTS, { namespace }), body);
    });
  }

  #toBody({ regarding, type, reason, action, note }: KubeEvent, namespace: string, name: string): object {
    const { clock, reportingController, reportingInstance } = this.#options;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name },
      eventTime: toMicroTime(clock.now()),
      reportingController,
      reportingInstance,
      ...{ regarding, type, reason, action, note },
    };
  }

  #enqueueUpdate(series: EventSeries): void {
    this.#enqueue(series.path, async () => {
      const { count, lastObserved } = series;
      const body = { series: { count, lastObservedTime: toMicroTime(lastObserved) } };
      await this.#options.client.mergePatch(series.path, body, {
        fieldManager: this.#options.reportingController,
      });
      series.writtenCount = count;
    });
  }

  /** A write that fails leaves an event that is not there: its next occurrence is a new one. */
  #enqueue(path: string, write: () => Promise<void>): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#series.forget(path);
      this.#options.onDrop('overflow');
      return;
    }
    this.#waiting.push(() =>
      write().catch((error: unknown) => {
        this.#series.forget(path);
        this.#options.onDrop('failed', error);
      }),
    );
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let write = this.#waiting.shift(); write !== undefined; write = this.#waiting.shift()) await write();
    this.#writing = undefined;
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#options.clock.setTimer(SERIES_GAP_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    for (const series of this.#series.unwritten()) this.#enqueueUpdate(series);
  }
}
