import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { ConflictError } from '../../src/controller/errors.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type {
  ClusterReader,
  ClusterWriter,
  ReleaseIdentity,
  StoredRelease,
} from '../../src/ports/cluster.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { EffectError } from '../../src/reconcile/effect-error.ts';
import { Observer } from '../../src/reconcile/observe.ts';
import { Reconciler } from '../../src/reconcile/reconciler.ts';
import { Reporter } from '../../src/reconcile/report.ts';
import { GARBLED } from './happenings.ts';
import { noMetrics } from './no-metrics.ts';
import { noObjectives } from './no-objectives.ts';
import { serviceSource } from './service-source.ts';
import { CacheView } from './simulated-cluster.ts';
import { carryOut, removeFinalizer } from './simulated-writes.ts';
import type { Pass, Surroundings } from './surroundings.ts';

/** The process died. What it had written stays, what it knew is gone. */
export class Crash extends Error {}

/** One process of the real reconciler, on caches that may lag and with writes that may be its last. */
export class SimulatedOperator {
  readonly view: CacheView;
  /** When it wants to run again without having heard anything. */
  dueAt: number | undefined;
  /** How many writes it makes before it is suspended by its machine. */
  stallAfter: number | undefined;
  readonly #surroundings: Surroundings;
  readonly #key: string;
  readonly #reconciler: Reconciler;
  readonly #leadership = new AbortController();
  #resume: (() => void) | undefined;
  #stalled: (() => void) | undefined;
  #current: Pass | undefined;
  #dead = false;

  constructor(surroundings: Surroundings, release: string) {
    this.#surroundings = surroundings;
    this.#key = release;
    this.view = new CacheView(surroundings.cluster);
    this.dueAt = surroundings.cluster.now;
    const cluster = this.#ports();
    const parts = {
      cluster,
      sloSource: { totals: async (question: SloQuestion) => surroundings.prometheus.totals(question) },
      objectives: noObjectives,
      service: serviceSource(
        (question) => surroundings.prometheus.slices(question),
        (question) => surroundings.prometheus.service(question),
      ),
      verifier: { verify: async ({ digest }: { digest: Digest }) => surroundings.verify(digest) },
      protector: {
        protection: (asking: ArtifactRelease) =>
          surroundings.registry.answer(asking, surroundings.cluster.now),
      },
    };
    const observed = (pass: Pass): void => {
      this.#current = pass;
      surroundings.observed(pass);
    };
    const observer = new (class extends Observer {
      override async observe(...[release, failure, now, signal]: Parameters<Observer['observe']>) {
        const seen = await super.observe(release, failure, now, signal);
        observed({ release, seen, now });
        return seen;
      }
    })(parts);
    const board = { post: (_: ReleaseIdentity, notice: Notice) => surroundings.posted(notice) };
    const reporter = new Reporter(board, noMetrics, {
      info: (fields, message) => surroundings.logged(fields, message),
    });
    this.#reconciler = new Reconciler({
      cluster,
      writer: cluster,
      observer,
      reporter,
      now: () => new Date(surroundings.cluster.now),
    });
  }

  /** One pass, to its end or until its machine suspends it. */
  async pass(): Promise<'done' | 'failed' | 'crashed' | 'stalled'> {
    this.dueAt = undefined;
    const stalls = new Promise<'stalled'>((resolve) => {
      this.#stalled = () => resolve('stalled');
    });
    this.finished = this.#run();
    return Promise.race([this.finished, stalls]);
  }

  /** The end of the pass that is under way. */
  finished: Promise<'done' | 'failed' | 'crashed'> = Promise.resolve('done');

  /** The machine runs again. Somebody else leads by now: the write that was under way still lands. */
  async resume(): Promise<void> {
    this.#leadership.abort(new Error('leadership lost'));
    this.#resume?.();
    await this.finished;
  }

  async #run(): Promise<'done' | 'failed' | 'crashed'> {
    const { cluster } = this.#surroundings;
    this.#current = undefined;
    try {
      const { requeueAfterMs, failure } = await this.#reconciler.reconcile(
        this.#key,
        this.#leadership.signal,
      );
      if (requeueAfterMs !== undefined) this.dueAt = cluster.now + requeueAfterMs;
      return failure === undefined ? 'done' : this.#failed(failure);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** It is tried again, the sooner of when that is due anyway and when the queue would. */
  #failed(error: unknown): 'failed' | 'crashed' {
    if (error instanceof Crash) return 'crashed';
    const conflict = error instanceof ConflictError;
    const expected = conflict || error instanceof EffectError || this.#leadership.signal.aborted;
    if (!expected) throw error;
    const retryAt = this.#surroundings.cluster.now + (conflict ? 100 : 5_000);
    this.dueAt = Math.min(this.dueAt ?? retryAt, retryAt);
    return 'failed';
  }

  #ports(): ClusterReader & ClusterWriter {
    const { cluster } = this.#surroundings;
    const view = () => this.view;
    return {
      release: (key) => stored(view().releases.get(key)),
      workload: (_, name) => view().workloads.get(name),
      canaries: (_, release) =>
        [...view().workloads.values()].filter(
          (w) => w.ownerUid !== undefined && w.ownerUid === view().releases.get(release)?.metadata.uid,
        ),
      podTrouble: () => ({ crashLooping: false }),
      releasesOn: (_, workload) =>
        [...view().releases.values()]
          .map((r) => ({
            identity: r.metadata,
            deleting: r.metadata.deletionTimestamp !== undefined,
            names: r.spec.targets.some((t) => t.name === workload),
            pins: r.status?.pins?.some((pin) => pin.name === workload) ?? false,
          }))
          .filter(({ names, pins }) => names || pins),
      runningDigests: async (workload) => this.#surroundings.running(workload),
      writeStatus: async (release, status) => this.#write(() => this.#writeStatus(release, status)),
      removeFinalizer: async ({ name }) => this.#write(() => removeFinalizer(cluster, name)),
      execute: async (release, effect) => {
        await this.#write(() => {
          if (this.#surroundings.refuses(effect)) {
            throw new EffectError('WriteFailed', `${effect.kind} is refused: quota exceeded`);
          }
          carryOut(cluster, release, effect);
          if (this.#current) this.#surroundings.wrote(this.#current, effect);
        });
      },
    };
  }

  #writeStatus({ name, uid, resourceVersion }: ReleaseIdentity, status: Status): string {
    const { cluster } = this.#surroundings;
    const before = cluster.release(name)?.status;
    const version = cluster.writeStatus(name, uid, resourceVersion, status);
    if (this.#current) this.#surroundings.stored(this.#current, before, status);
    return version;
  }

  async #write<T>(action: () => T): Promise<T> {
    if (this.#dead) throw new Crash();
    this.#leadership.signal.throwIfAborted();
    if (this.stallAfter !== undefined && this.stallAfter-- <= 0) {
      this.stallAfter = undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        this.#stalled?.();
      });
    }
    const fate = this.#surroundings.fates.next();
    this.#dead = fate !== 'lives';
    if (fate === 'dies before') throw new Crash();
    const result = action();
    if (fate === 'dies after') throw new Crash();
    return result;
  }
}

function stored(release: ArtifactRelease | undefined): StoredRelease | undefined {
  if (!release) return undefined;
  const { metadata, spec, status } = release;
  const common = { identity: metadata, deleting: metadata.deletionTimestamp !== undefined };
  return spec.artifact.digest === GARBLED
    ? { ...common, valid: false, problem: 'spec.artifact.digest: Invalid string', status }
    : { ...common, valid: true, release };
}
