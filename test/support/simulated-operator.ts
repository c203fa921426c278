import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { ANNOTATIONS, FINALIZER } from '../../src/api/artifact-release.ts';
import type { Status, Totals } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { ConflictError } from '../../src/controller/errors.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Count } from '../../src/domain/evidence/count.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Observation, Proof } from '../../src/domain/observation.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Workload } from '../../src/domain/workload.ts';
import type { ProtectionAnswer } from '../../src/ports/artifact-protector.ts';
import type {
  ClusterReader,
  ClusterWriter,
  ReleaseIdentity,
  StoredRelease,
} from '../../src/ports/cluster.ts';
import type { ServiceQuestion } from '../../src/ports/service-source.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { EffectError } from '../../src/reconcile/effect-error.ts';
import { Observer } from '../../src/reconcile/observe.ts';
import { Reconciler } from '../../src/reconcile/reconciler.ts';
import { Reporter } from '../../src/reconcile/report.ts';
import { noMetrics } from './no-metrics.ts';
import { noObjectives } from './no-objectives.ts';
import { type SlicesQuestion, serviceSource } from './service-source.ts';
import { CacheView, type SimulatedCluster } from './simulated-cluster.ts';

/** The process died. What it had written stays, what it knew is gone. */
export class Crash extends Error {}

/** One look at the world, as the operator had it. */
export interface Pass {
  readonly release: ArtifactRelease;
  readonly seen: Observation;
  readonly now: Date;
}

/** Everything around one operator. */
export interface Surroundings {
  readonly cluster: SimulatedCluster;
  verify(digest: Digest): Proof;
  protection(release: ArtifactRelease): ProtectionAnswer;
  totals(question: SloQuestion): Reading<Totals>;
  slices(question: SlicesQuestion): Reading<readonly Count[]>;
  service(question: ServiceQuestion): Reading<Count>;
  running(workload: Workload): ReadonlyMap<string, Reading<Digest>>;
  /** Asked before every write: whether the process survives it. */
  fate(): 'lives' | 'dies before' | 'dies after';
  refuses(effect: Effect): boolean;
  observed(pass: Pass): void;
  stored(pass: Pass, before: Status | undefined, after: Status): void;
  wrote(pass: Pass, effect: Effect): void;
  posted(notice: Notice): void;
  logged(fields: object, message: string): void;
}

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
      sloSource: { totals: async (question: SloQuestion) => surroundings.totals(question) },
      objectives: noObjectives,
      service: serviceSource(
        (question) => surroundings.slices(question),
        (question) => surroundings.service(question),
      ),
      verifier: { verify: async ({ digest }: { digest: Digest }) => surroundings.verify(digest) },
      protector: { protection: (asking: ArtifactRelease) => surroundings.protection(asking) },
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
    const fate = this.#surroundings.fate();
    this.#dead = fate !== 'lives';
    if (fate === 'dies before') throw new Crash();
    const result = action();
    if (fate === 'dies after') throw new Crash();
    return result;
  }
}

/** A digest that no parser understands, and with it the whole spec. */
export const GARBLED = 'sha256:9f2c';

function stored(release: ArtifactRelease | undefined): StoredRelease | undefined {
  if (!release) return undefined;
  const { metadata, spec, status } = release;
  const common = { identity: metadata, deleting: metadata.deletionTimestamp !== undefined };
  return spec.artifact.digest === GARBLED
    ? { ...common, valid: false, problem: 'spec.artifact.digest: Invalid string', status }
    : { ...common, valid: true, release };
}

/** What the adapter does, without HTTP. */
function carryOut(cluster: SimulatedCluster, release: ArtifactRelease, effect: Effect): void {
  const { name, annotations } = release.metadata;
  switch (effect.kind) {
    case 'AddFinalizer':
      editMetadata(cluster, name, ({ finalizers }) => ({
        finalizers: [...new Set([...finalizers, FINALIZER])],
      }));
      break;
    case 'RemoveFinalizer':
      removeFinalizer(cluster, name);
      break;
    case 'RemoveAnnotations': {
      const now = cluster.release(name)?.metadata.annotations ?? {};
      const changed = effect.names.find((key) => now[key] !== annotations[key]);
      if (changed !== undefined) throw new ConflictError(`${changed} has changed`);
      const kept = Object.entries(now).filter(([key]) => !effect.names.includes(key));
      editMetadata(cluster, name, () => ({ annotations: Object.fromEntries(kept) }));
      break;
    }
    case 'PinWorkload': {
      const before = cluster.deployment(effect.name);
      if (String(before?.resourceVersion) !== effect.resourceVersion) throw new ConflictError(effect.name);
      cluster.editDeployment(effect.name, ({ containers = [] }) => ({
        ...before,
        containers: containers.map((container) => ({
          ...container,
          image: effect.images.find((i) => i.container === container.name)?.image ?? container.image,
        })),
      }));
      break;
    }
    case 'ApplyCanary': {
      const stable = cluster.deployment(effect.target);
      if (!stable) throw new EffectError('WriteFailed', `Deployment ${effect.target} is not found`);
      const there = cluster.deployment(effect.name);
      const isOurs = there?.ownerUid === release.metadata.uid;
      if (effect.uid === undefined ? there && !isOurs : there?.uid !== effect.uid)
        throw new ConflictError(effect.name);
      cluster.editDeployment(effect.name, (before) => ({
        ...before,
        replicas: effect.replicas,
        templateHash: stable.templateHash,
        ownerUid: release.metadata.uid,
        release: name,
        madeFrom: effect.revision,
        containers: stable.containers.map((container) => ({
          ...container,
          image: effect.images.find((i) => i.container === container.name)?.image ?? container.image,
        })),
      }));
      break;
    }
    case 'ScaleCanary':
      if (cluster.deployment(effect.name)?.uid !== effect.uid)
        throw new EffectError('WriteFailed', `${effect.name} is not found`);
      cluster.editDeployment(effect.name, (before) => ({ ...before, replicas: effect.replicas }));
      break;
    case 'DeleteCanary': {
      const there = cluster.deployment(effect.name);
      if (there && there.uid !== effect.uid) throw new ConflictError(effect.name);
      cluster.deleteDeployment(effect.name);
      break;
    }
  }
}

const removeFinalizer = (cluster: SimulatedCluster, name: string): void =>
  editMetadata(cluster, name, ({ finalizers }) => ({
    finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
  }));

function editMetadata(
  cluster: SimulatedCluster,
  name: string,
  edit: (metadata: ArtifactRelease['metadata']) => Partial<ArtifactRelease['metadata']>,
): void {
  cluster.editRelease(name, (release) => ({
    ...release,
    metadata: { ...release.metadata, ...edit(release.metadata) },
  }));
}

/** A person leaves an order; admission stamps who. */
export const order = (cluster: SimulatedCluster, release: string, annotation: string, value: string): void =>
  editMetadata(cluster, release, ({ annotations }) => ({
    annotations: { ...annotations, [annotation]: value, [ANNOTATIONS.requestedBy]: 'alice' },
  }));
