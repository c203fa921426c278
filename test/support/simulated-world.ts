import { commandAnnotation } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Proof } from '../../src/domain/observation.ts';
import { known, type Reading } from '../../src/domain/reading.ts';
import type { Workload } from '../../src/domain/workload.ts';
import { changeCluster, digestMeant, healCluster } from './cluster-happenings.ts';
import { Fates } from './fates.ts';
import { type AnswerHappening, type ClusterHappening, digestNumber, type Happening } from './happenings.ts';
import { type Answer, proofs } from './proofs.ts';
import { REPOSITORY } from './releases.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { SimulatedOperator } from './simulated-operator.ts';
import { SimulatedPrometheus } from './simulated-prometheus.ts';
import { SimulatedRegistry } from './simulated-registry.ts';
import { order } from './simulated-writes.ts';
import type { Pass, Surroundings } from './surroundings.ts';
import type { Watcher } from './watcher.ts';
import { populate, type WorldOptions } from './world-setup.ts';

/** Longer than any step, hold, deadline or bake of a story: what could end a pause by itself has had its time. */
const LONG_PAUSE_MS = 30 * 60_000;

/** One release, its cluster, its people and its operator. Every fault is scripted; nothing waits in real time. */
export class World implements Surroundings {
  readonly cluster = new SimulatedCluster();
  readonly registry = new SimulatedRegistry();
  readonly prometheus: SimulatedPrometheus;
  readonly fates = new Fates();
  readonly notices: Notice[] = [];
  readonly #watchers: readonly Watcher[];
  readonly #answers = new Map<Digest, Answer>();
  readonly #tags = new Map<string, Digest>(
    ['v1', 'latest'].map((tag) => [`${REPOSITORY}:${tag}`, digestNumber(0)]),
  );
  #tagsAsked = 0;
  #refused: Effect['kind'] | undefined;
  operator: SimulatedOperator;
  #deposed: SimulatedOperator | undefined;

  constructor(
    watchers: readonly Watcher[] = [],
    options: WorldOptions = {},
    prometheus = new SimulatedPrometheus(),
  ) {
    this.#watchers = watchers;
    this.prometheus = prometheus;
    populate(this.cluster, options);
    this.operator = new SimulatedOperator(this, 'checkout');
  }

  get status(): Status | undefined {
    return this.cluster.release('checkout')?.status;
  }

  /** Requests to Prometheus, and to the API server about tags. */
  get asked(): number {
    return this.prometheus.asked + this.#tagsAsked;
  }

  async happen(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'time':
        await this.runFor(happening.seconds * 1000);
        break;
      case 'pass':
        this.operator.view.hear('release', happening.release);
        this.operator.view.hear('workload', happening.workload);
        await this.#pass();
        break;
      case 'crash':
        this.fates.crash(happening.inWrites, happening.after ? 'dies after' : 'dies before');
        break;
      case 'stall':
        if (!this.#deposed) this.operator.stallAfter = happening.inWrites;
        break;
      case 'resume':
        await this.resume();
        break;
      default:
        this.#change(happening);
        break;
    }
  }

  #change(happening: AnswerHappening | ClusterHappening): void {
    const { cluster, prometheus } = this;
    switch (happening.kind) {
      case 'measure':
        prometheus.measure(cluster.now, happening.as);
        break;
      case 'budget':
        prometheus.budget(cluster.now, happening.is);
        break;
      case 'verifier':
        this.#answers.set(digestMeant(cluster, happening.digest), happening.says);
        this.operator.dueAt = cluster.now;
        break;
      case 'registry':
        this.registry.happen(digestMeant(cluster, happening.digest), happening.does);
        this.operator.dueAt = cluster.now;
        break;
      case 'order':
        order(
          cluster,
          'checkout',
          commandAnnotation(happening.command),
          digestMeant(cluster, happening.digest),
        );
        break;
      case 'refuse':
        this.#refused = happening.effect;
        break;
      default:
        changeCluster(cluster, happening);
        break;
    }
  }

  /** Time passes, and the operator runs whenever it has heard something or wanted to. */
  async runFor(milliseconds: number): Promise<void> {
    const end = this.cluster.now + milliseconds;
    for (let still = 0; ; still++) {
      if (await this.#passIfNeeded()) {
        if (still > 60) throw new Error(`hot loop in phase ${this.status?.phase}: ${this.status?.message}`);
        continue;
      }
      const next = Math.min(this.#nextEvent(), end);
      if (this.cluster.now >= end) return;
      const answers = this.registry.nextAnswerAt(this.cluster.now);
      this.cluster.advance(next - this.cluster.now);
      if (answers === this.cluster.now) this.operator.dueAt = answers;
      still = 0;
    }
  }

  /** When something happens by itself; never where nothing does. */
  #nextEvent(): number {
    const { cluster, registry, operator } = this;
    const times = [operator.dueAt, cluster.nextReportAt(), registry.nextAnswerAt(cluster.now)];
    return Math.min(...times.filter((time) => time !== undefined));
  }

  /** Runs on without faults; says whether nothing was left to do before the time was over. */
  async runUntilQuiet(milliseconds: number): Promise<boolean> {
    const start = this.cluster.now;
    const end = start + milliseconds;
    while (this.cluster.now < end) {
      await this.runFor(0);
      const next = this.#nextEvent();
      if (!Number.isFinite(next)) return true;
      if (this.#hasLongBeenPaused(start)) await this.#sleepUntil(end);
      else await this.runFor(Math.min(next, end) - this.cluster.now);
    }
    return false;
  }

  /** Every look at a pause that nobody ends is like the one before. */
  #hasLongBeenPaused(start: number): boolean {
    const { phase, phaseStartedAt = '' } = this.status ?? {};
    return (
      phase === 'Paused' && this.cluster.now >= Math.max(start, Date.parse(phaseStartedAt)) + LONG_PAUSE_MS
    );
  }

  /** Nobody looks in between, but at the end. */
  async #sleepUntil(end: number): Promise<void> {
    this.cluster.advance(end - this.cluster.now);
    await this.runFor(0);
  }

  /** Everything that was broken is repaired. Nobody gives orders any more. */
  async heal(): Promise<void> {
    await this.resume();
    this.prometheus.measure(this.cluster.now, 'good');
    this.prometheus.budget(this.cluster.now, 'kept');
    this.#refused = undefined;
    this.fates.spare();
    this.operator.stallAfter = undefined;
    this.#answers.clear();
    this.registry.heal();
    // Verifier and protector wake a release whose answers change.
    this.operator.dueAt = this.cluster.now;
    healCluster(this.cluster);
  }

  async resume(): Promise<void> {
    const deposed = this.#deposed;
    this.#deposed = undefined;
    await deposed?.resume();
  }

  async #passIfNeeded(): Promise<boolean> {
    const { view, dueAt } = this.operator;
    const heard = [view.hear('release'), view.hear('workload')].includes(true);
    if (!heard && (dueAt === undefined || dueAt > this.cluster.now)) return false;
    await this.#pass();
    return true;
  }

  async #pass(): Promise<void> {
    const end = await this.operator.pass();
    if (end === 'stalled') this.#deposed = this.operator;
    if (end === 'crashed' || end === 'stalled') this.operator = new SimulatedOperator(this, 'checkout');
  }

  // What the operator asks of the world.

  verify(digest: Digest): Proof {
    return proofs[this.#answers.get(digest) ?? 'Satisfied'];
  }

  running(workload: Workload): ReadonlyMap<string, Reading<Digest>> {
    this.#tagsAsked++;
    return new Map(
      workload.containers.flatMap(({ name, image }) => {
        const digest = this.#tags.get(image);
        return digest === undefined ? [] : [[name, known(digest)] as const];
      }),
    );
  }

  refuses(effect: Effect): boolean {
    return effect.kind === this.#refused;
  }

  observed(pass: Pass): void {
    for (const watcher of this.#watchers) watcher.observed?.(pass, this);
  }

  stored(pass: Pass, before: Status | undefined, after: Status): void {
    for (const watcher of this.#watchers) watcher.stored?.(pass, before, after, this);
  }

  wrote(pass: Pass, effect: Effect): void {
    for (const watcher of this.#watchers) watcher.wrote?.(pass, effect, this);
  }

  posted(notice: Notice): void {
    this.notices.push(notice);
  }

  logged(fields: object, message: string): void {
    for (const watcher of this.#watchers) watcher.logged?.(fields, message);
  }
}
