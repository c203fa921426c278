/**
 * Starts the parts of an operator in order and ends them in order.
 *
 * Start: services (probes answer first) → leadership → reflectors synced → controllers.
 * End:   controllers drained → reflectors → lease given back → services, last started first.
 *
 * Guarantees:
 * - no controller works before every cache is complete, nor without the leadership;
 * - a pass gets the grace period to end; it is cut short at once when the leadership is lost;
 * - the lease is given back only after the last pass has ended; else it is left to expire;
 * - a part that fails, or ends without being asked to, ends the process with a fault.
 *
 * Assumption: `run` is called once.
 */
import type { Clock } from './clock.ts';
import { settlesWithin } from './deadline.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import type { Lifecycle } from './lifecycle.ts';

/** With what follows it, this fits into the 30 s that Kubernetes gives a pod. */
const DEFAULT_GRACE_MS = 20_000;
const CUT_SHORT_MS = 3_000;

/** Something that is there while the process is: the telemetry server, the event recorder. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What a manager needs of a reflector. */
export interface CacheFiller {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
  whenSynced(): Promise<void>;
}

/** What a manager needs of a controller. */
export interface Worker {
  readonly name: string;
  run(lifecycle: Lifecycle): Promise<void>;
}

/** What a manager needs of a leader elector. */
export interface Election {
  acquire(signal: AbortSignal): Promise<HeldLeadership>;
}

/** What a manager needs of a leadership. */
export interface HeldLeadership {
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Where a manager reports; a pino logger fits. */
export interface ManagerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The parts, each list in its order of start. Without `election` there must be only one process. */
export interface ManagerOptions {
  readonly services: readonly Service[];
  readonly election?: Election;
  readonly reflectors: readonly CacheFiller[];
  readonly controllers: readonly Worker[];
  readonly clock: Clock;
  readonly log: ManagerLog;
  /** How long (ms) passes may take to end; 20 s by default. */
  readonly graceMs?: number;
}

/** See the head of this file. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  readonly #reading = new AbortController();
  readonly #stopAsked = Promise.withResolvers<void>();
  readonly #startedServices: Service[] = [];
  readonly #runningReflectors: Promise<void>[] = [];
  readonly #runningControllers: Promise<void>[] = [];
  #leadership: HeldLeadership | undefined;
  #exitCode: ExitCode = EXIT_CODE.stopped;
  #notReady: string | undefined = 'starting';

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Runs until `signal` aborts, the leadership is lost or a part fails. Never rejects. */
  async run(signal: AbortSignal): Promise<ExitCode> {
    const onStop = (): void => this.#end(EXIT_CODE.stopped);
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop, { once: true });
    try {
      await this.#start();
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#fault('start', error);
    }
    await this.#stopAsked.promise;
    await this.#drain();
    signal.removeEventListener('abort', onStop);
    return this.#exitCode;
  }

  /**
   * Why we are not ready, or undefined. Standing by for the leadership is being ready: a rolling update waits for the
   * new pod before it ends the old one, which holds the lease.
   */
  notReady(): string | undefined {
    return this.#notReady;
  }

  async #start(): Promise<void> {
    const stopping = this.#stopping.signal;
    for (const service of this.#options.services) {
      stopping.throwIfAborted();
      await service.start();
      this.#startedServices.push(service);
    }
    await this.#lead(stopping);
    stopping.throwIfAborted();
    this.#notReady = 'caches are not synced';
    for (const reflector of this.#options.reflectors) {
      this.#runningReflectors.push(this.#supervise(reflector.name, reflector.run(this.#reading.signal)));
    }
    const synced = this.#options.reflectors.map((reflector) => reflector.whenSynced());
    await Promise.race([Promise.all(synced), this.#stopAsked.promise]);
    stopping.throwIfAborted();
    this.#notReady = undefined;
    const lifecycle = { stopping, aborting: this.#aborting.signal };
    for (const controller of this.#options.controllers) {
      this.#runningControllers.push(this.#supervise(controller.name, controller.run(lifecycle)));
    }
    this.#options.log.info({}, 'started');
  }

  async #lead(stopping: AbortSignal): Promise<void> {
    if (this.#options.election === undefined) return;
    this.#notReady = undefined;
    const leadership = await this.#options.election.acquire(stopping);
    this.#leadership = leadership;
    const onLost = (): void => {
      this.#aborting.abort(leadership.lost.reason);
      this.#options.log.error({ err: leadership.lost.reason }, 'leadership lost');
      this.#end(EXIT_CODE.leadershipLost);
    };
    if (leadership.lost.aborted) onLost();
    leadership.lost.addEventListener('abort', onLost, { once: true });
    this.#options.log.info({}, 'leading');
  }

  async #supervise(name: string, running: Promise<void>): Promise<void> {
    try {
      await running;
      if (!this.#stopping.signal.aborted) this.#fault(name, new Error('ended without being asked to'));
    } catch (error) {
      this.#fault(name, error);
    }
  }

  #fault(part: string, error: unknown): void {
    this.#options.log.error({ part, err: error }, 'part failed');
    this.#end(EXIT_CODE.fault);
  }

  /** Begins the end. The first reason that is not an orderly stop is the one that the process reports. */
  #end(code: ExitCode): void {
    if (this.#exitCode === EXIT_CODE.stopped) this.#exitCode = code;
    this.#notReady = 'stopping';
    this.#stopping.abort();
    this.#stopAsked.resolve();
  }

  async #drain(): Promise<void> {
    const { clock, graceMs = DEFAULT_GRACE_MS } = this.#options;
    const drained = Promise.all(this.#runningControllers);
    let orderly = await settlesWithin(clock, graceMs, drained);
    this.#aborting.abort();
    orderly ||= await settlesWithin(clock, CUT_SHORT_MS, drained);
    this.#reading.abort();
    await settlesWithin(clock, CUT_SHORT_MS, Promise.all(this.#runningReflectors));
    if (orderly) await this.#leadership?.release();
    else this.#fault('drain', new Error('passes did not end in time'));
    for (const service of this.#startedServices.toReversed()) {
      await service.stop().catch((error: unknown) => this.#fault(service.name, error));
    }
    this.#options.log.info({ exitCode: this.#exitCode }, 'stopped');
  }
}
