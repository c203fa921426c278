import { type ArtifactRelease, type Command, commandAnnotation } from '../../src/api/artifact-release.ts';
import { Spec } from '../../src/api/artifact-release-spec.ts';
import type { Status, Totals } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Count } from '../../src/domain/evidence/count.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Proof } from '../../src/domain/observation.ts';
import { known, type Reading, unknown } from '../../src/domain/reading.ts';
import { canaryName, type Workload } from '../../src/domain/workload.ts';
import type { ServiceQuestion } from '../../src/ports/service-source.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { type Answer, proofs } from './proofs.ts';
import type { ProtectionAnswer } from './protections.ts';
import { digestOf } from './release-manifest.ts';
import { AVAILABILITY, anEntry, aPin, aRelease, aStatus, REPOSITORY } from './releases.ts';
import type { SlicesQuestion } from './service-source.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { GARBLED, order, type Pass, SimulatedOperator, type Surroundings } from './simulated-operator.ts';
import { SimulatedRegistry } from './simulated-registry.ts';

/** What runs at the start, and what may be released. */
export const DIGESTS = ['a', 'b', 'c', 'd'].map(digestOf);
export const digestNumber = (index: number): Digest => DIGESTS[index] ?? digestOf('e');

/** The digest under trial, or else the one that the spec asks for. */
export const THE_ONE_IN_QUESTION = -1;

export const TRAFFIC = ['good', 'burning', 'both burn', 'stable burns', 'idle'] as const;
/** As long as the interval of an analysis, and counted like it. */
const SCRAPE_SECONDS = 30;

/** A baseline is of less time than any budget. */
const BASELINE_SECONDS = 6 * 3600;

/** Longer than any step, hold, deadline or bake of a story: what could end a pause by itself has had its time. */
const LONG_PAUSE_MS = 30 * 60_000;

export const BLIND = ['NoData', 'NotANumber', 'AmbiguousResult', 'StaleData', 'MetricsUnavailable'] as const;
export type Measured = (typeof TRAFFIC)[number] | (typeof BLIND)[number];

/** What Prometheus says of the whole window of an error budget; it does not follow from what is measured in a life. */
export type Budget = 'kept' | 'spent' | (typeof BLIND)[number];

/** Something that happens to a release, or to the operator, at one moment. */
export type Happening =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'pass'; readonly release?: number; readonly workload?: number }
  | { readonly kind: 'crash'; readonly inWrites: number; readonly after: boolean }
  | { readonly kind: 'stall'; readonly inWrites: number }
  | { readonly kind: 'resume' }
  | { readonly kind: 'measure'; readonly as: Measured }
  | { readonly kind: 'budget'; readonly is: Budget }
  | { readonly kind: 'verifier'; readonly digest: number; readonly says: Answer }
  | { readonly kind: 'registry'; readonly digest: number; readonly does: ProtectionAnswer }
  | { readonly kind: 'git'; readonly digest: number }
  | { readonly kind: 'garble' }
  | {
      readonly kind: 'spec';
      readonly steps?: readonly object[];
      readonly targets?: readonly string[];
      readonly protection?: object;
      readonly objectives?: readonly object[];
    }
  | { readonly kind: 'suspend'; readonly on: boolean }
  | { readonly kind: 'drift'; readonly image: string }
  | { readonly kind: 'template'; readonly version: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'rollouts'; readonly paused: boolean }
  | { readonly kind: 'elder'; readonly does: 'claim' | 'pin' | 'go' }
  | { readonly kind: 'squat'; readonly on: boolean }
  | { readonly kind: 'pods'; readonly digest: number; readonly broken: boolean }
  | { readonly kind: 'order'; readonly command: Command; readonly digest: number }
  | { readonly kind: 'refuse'; readonly effect: Effect['kind'] | undefined }
  | { readonly kind: 'delete' };

/** Sees everything that happens, and throws at what must not. */
export interface Watcher {
  observed?(pass: Pass, world: World): void;
  stored?(pass: Pass, before: Status | undefined, after: Status, world: World): void;
  wrote?(pass: Pass, effect: Effect, world: World): void;
  logged?(fields: object, message: string): void;
}

export interface WorldOptions {
  readonly spec?: Record<string, unknown>;
  /** What runs at the start is written as a tag. */
  readonly tagged?: boolean;
  readonly admission?: boolean;
  /** It has a past: the first digest was adopted and the second one promoted, long ago. */
  readonly seasoned?: boolean;
}

const artifactAt = (index: number) => ({ repository: REPOSITORY, digest: digestNumber(index) });

const seasoned = (): Partial<Status> => ({
  stable: { digest: digestNumber(1) },
  pins: ['checkout', 'worker'].map((name) => aPin(digestNumber(1), { name })),
  history: [
    anEntry({ digest: digestNumber(1), verdict: 'Promoted', reason: 'Promoted' }),
    anEntry({ digest: digestNumber(0) }),
  ],
});

const SPEC = {
  artifact: artifactAt(0),
  targets: [
    { kind: 'Deployment', name: 'checkout' },
    { kind: 'Deployment', name: 'worker' },
  ],
  canary: {
    steps: [
      { weight: 10, duration: '2m' },
      { weight: 50, duration: '3m' },
    ],
    progressDeadline: '3m',
  },
  objectives: [AVAILABILITY],
  analysis: { interval: '30s', maxHold: '5m' },
  bake: { duration: '4m' },
};

/** One release, its cluster, its people and its operator. Every fault is scripted; nothing waits in real time. */
export class World implements Surroundings {
  readonly cluster = new SimulatedCluster();
  readonly registry = new SimulatedRegistry();
  readonly notices: Notice[] = [];
  readonly #watchers: readonly Watcher[];
  readonly #answers = new Map<Digest, Answer>();
  readonly #tags = new Map<string, Digest>(
    ['v1', 'latest'].map((tag) => [`${REPOSITORY}:${tag}`, digestNumber(0)]),
  );
  readonly #measured: { readonly since: number; readonly as: Measured }[] = [{ since: 0, as: 'good' }];
  readonly #budgets: { readonly since: number; readonly is: Budget }[] = [];
  /** Requests to Prometheus, and to the API server about tags. */
  asked = 0;
  #refused: Effect['kind'] | undefined;
  #fates: ('dies before' | 'dies after')[] = [];
  #crashIn = Number.POSITIVE_INFINITY;
  #writes = 0;
  /** Number of every write that is to be the last of its process, with the half of it that still happens. */
  readonly crashes = new Map<number, 'dies before' | 'dies after'>();
  operator: SimulatedOperator;
  #deposed: SimulatedOperator | undefined;

  constructor(watchers: readonly Watcher[] = [], options: WorldOptions = {}) {
    this.#watchers = watchers;
    this.cluster.admission = options.admission ?? false;
    const first = options.tagged ? `${REPOSITORY}:v1` : `${REPOSITORY}@${digestNumber(0)}`;
    const image = options.seasoned ? `${REPOSITORY}@${digestNumber(1)}` : first;
    const containers = [
      { name: 'app', image, init: false },
      { name: 'proxy', image: 'registry.example.com/mesh/proxy:1', init: false },
    ];
    this.cluster.createDeployment({ name: 'checkout', replicas: 8, containers });
    this.cluster.createDeployment({ name: 'worker', replicas: 2, containers });
    this.cluster.createRelease(
      aRelease({
        spec: { ...SPEC, ...options.spec, ...(options.seasoned && { artifact: artifactAt(1) }) },
        metadata: { finalizers: [] },
        ...(options.seasoned && { status: seasoned() }),
      }),
    );
    this.operator = new SimulatedOperator(this, 'checkout');
  }

  get status(): Status | undefined {
    return this.cluster.release('checkout')?.status;
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
        this.#crashIn = happening.inWrites;
        this.#fates = [happening.after ? 'dies after' : 'dies before'];
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

  #change(happening: Happening): void {
    const { cluster } = this;
    switch (happening.kind) {
      case 'measure':
        this.#measure(happening.as);
        break;
      case 'budget':
        this.#budgets.push({ since: cluster.now, is: happening.is });
        break;
      case 'verifier':
        this.#answers.set(this.#meant(happening.digest), happening.says);
        this.operator.dueAt = cluster.now;
        break;
      case 'registry':
        this.registry.happen(this.#meant(happening.digest), happening.does);
        this.operator.dueAt = cluster.now;
        break;
      case 'git':
        this.#name(digestNumber(happening.digest));
        break;
      case 'garble':
        this.#name(GARBLED);
        break;
      case 'spec':
        this.#editSpec(happening);
        break;
      case 'suspend':
        cluster.editRelease('checkout', (release) => ({
          ...release,
          spec: { ...release.spec, suspend: happening.on },
        }));
        break;
      case 'drift':
        this.#edit('checkout', ({ containers = [] }) => ({
          containers: containers.map((c) => (c.name === 'app' ? { ...c, image: happening.image } : c)),
        }));
        break;
      case 'template':
        this.#edit('checkout', () => ({ templateHash: `template-${happening.version}` }));
        break;
      case 'scale':
        this.#edit('checkout', () => ({ replicas: happening.replicas }));
        break;
      case 'rollouts':
        this.#edit('checkout', () => ({ paused: happening.paused }));
        break;
      case 'elder':
        this.#elder(happening.does);
        break;
      case 'squat':
        this.#squat(happening.on);
        break;
      case 'pods':
        if (happening.broken) cluster.broken.add(digestNumber(happening.digest));
        else cluster.broken.delete(digestNumber(happening.digest));
        cluster.advance(0);
        break;
      case 'order':
        order(cluster, 'checkout', commandAnnotation(happening.command), this.#meant(happening.digest));
        break;
      case 'refuse':
        this.#refused = happening.effect;
        break;
      case 'delete':
        cluster.deleteRelease('checkout');
        break;
    }
  }

  #measure(as: Measured): void {
    this.#measured.push({ since: this.cluster.now, as });
  }

  #name(digest: string): void {
    this.cluster.editRelease('checkout', ({ spec, ...release }) => ({
      ...release,
      spec: { ...spec, artifact: { ...spec.artifact, digest } },
    }));
  }

  #editSpec({ steps, targets, protection, objectives }: Extract<Happening, { kind: 'spec' }>): void {
    this.cluster.editRelease('checkout', ({ spec, ...release }) => {
      const edited = Spec.parse({
        ...spec,
        artifact: { repository: REPOSITORY, digest: digestNumber(0) },
        ...(steps && { canary: { ...spec.canary, steps } }),
        ...(protection && { protection }),
        ...(objectives && { objectives }),
        ...(targets && { targets: targets.map((name) => ({ kind: 'Deployment', name })) }),
      });
      // A mistake in the artifact is no mistake in what is edited here.
      return { ...release, spec: { ...edited, artifact: spec.artifact } };
    });
  }

  /** An older release comes for a workload of ours, or goes. */
  #elder(does: 'claim' | 'pin' | 'go'): void {
    if (does === 'go') this.cluster.deleteRelease('elder');
    if (does === 'go' || this.cluster.release('elder')?.status) return;
    const metadata = { name: 'elder', uid: 'uid-of-elder', creationTimestamp: '2026-05-01T12:00:00Z' };
    const release = aRelease({ metadata: { ...metadata, finalizers: [] } });
    this.cluster.createRelease({ ...release, ...(does === 'pin' && { status: aStatus() }) });
  }

  /** Somebody else has a Deployment of the name that the canary is to have. */
  #squat(on: boolean): void {
    const name = canaryName('checkout');
    const { ownerUid } = this.cluster.deployment(name) ?? {};
    if (ownerUid !== undefined) return;
    const containers = this.cluster.deployment('checkout')?.containers ?? [];
    if (on) this.cluster.createDeployment({ name, replicas: 3, containers });
    else this.cluster.deleteDeployment(name);
  }

  #meant(digest: number): Digest {
    if (digest !== THE_ONE_IN_QUESTION) return digestNumber(digest);
    const { status, spec } = this.cluster.release('checkout') ?? {};
    return status?.candidate?.digest ?? spec?.artifact.digest ?? digestNumber(0);
  }

  #edit(name: string, edit: Parameters<SimulatedCluster['editDeployment']>[1]): void {
    this.cluster.editDeployment(name, (before) => ({ ...before, ...edit(before) }));
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

  /** A person who approves whatever waits for approval. */
  async approveUntilQuiet(milliseconds: number): Promise<void> {
    for (const end = this.cluster.now + milliseconds; this.cluster.now < end; ) {
      if (this.status?.phase === 'Paused') {
        await this.happen({ kind: 'order', command: 'approve', digest: THE_ONE_IN_QUESTION });
      }
      if (await this.runUntilQuiet(60_000)) {
        if (this.status?.phase !== 'Paused') return;
      }
    }
  }

  /** Everything that was broken is repaired. Nobody gives orders any more. */
  async heal(): Promise<void> {
    await this.resume();
    this.#measure('good');
    this.#change({ kind: 'budget', is: 'kept' });
    this.#refused = undefined;
    this.#crashIn = Number.POSITIVE_INFINITY;
    this.operator.stallAfter = undefined;
    this.#answers.clear();
    this.registry.heal();
    // Verifier and protector wake a release whose answers change.
    this.operator.dueAt = this.cluster.now;
    this.cluster.broken.clear();
    this.#squat(false);
    this.#elder('go');
    if (this.cluster.deployment('checkout')?.replicas === 0) this.#edit('checkout', () => ({ replicas: 4 }));
    if (this.cluster.deployment('checkout')) this.#edit('checkout', () => ({ paused: false }));
    if (this.cluster.release('checkout')?.spec.artifact.digest === GARBLED) this.#name(digestNumber(0));
    this.cluster.advance(0);
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

  protection(release: ArtifactRelease): ReturnType<SimulatedRegistry['answer']> {
    return this.registry.answer(release, this.cluster.now);
  }

  running(workload: Workload): ReadonlyMap<string, Reading<Digest>> {
    this.asked++;
    return new Map(
      workload.containers.flatMap(({ name, image }) => {
        const digest = this.#tags.get(image);
        return digest === undefined ? [] : [[name, known(digest)] as const];
      }),
    );
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

  fate(): 'lives' | 'dies before' | 'dies after' {
    const planned = this.crashes.get(this.#writes++);
    if (planned) return planned;
    if (this.#crashIn-- > 0) return 'lives';
    this.#crashIn = Number.POSITIVE_INFINITY;
    return this.#fates.pop() ?? 'lives';
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
