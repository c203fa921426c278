// What happens to a repository that several clusters share, in an order that follows from a seed; and after every step
// the real collection, with everything read that must still be there, and asked for that must not.

import type { Digest } from '../../src/api/scalars.ts';
import { type Artifact, digestsOf } from './artifact-world.ts';
import type { CollectedRegistry } from './collected-registry.ts';
import { deepVerify, remainsOf } from './deep-verify.ts';
import type { FakeClock } from './fake-clock.ts';
import type { ProtectedCluster } from './protected-cluster.ts';
import { discoveryTagsOf } from './retention.ts';

const RELEASES = ['checkout', 'cart', 'search'];
/** After it everything is looked at again. */
const BEFORE_FIRST_PASS_MS = 2 * 3_600_000;
/** What was put may be read back, and the grace period of what has left is over. */
const BETWEEN_PASSES_MS = 2 * 60_000;
const PASSES = 2;
const MAX_REQUESTS_OF_THE_DYING = 40;

export interface ModelOptions {
  readonly collected: CollectedRegistry;
  readonly clusters: readonly ProtectedCluster[];
  readonly clock: FakeClock;
  readonly random: () => number;
  /** False for clusters without protection: what they run is believed to be safe. */
  readonly protects: boolean;
}

/** What a run has found. */
export interface Findings {
  /** Of what must be there, in words. */
  readonly losses: string[];
  /** Of what must be gone. */
  readonly remains: string[];
  /** Artifacts that were read whole. */
  verified: number;
  /** Artifacts that were asked for in vain. */
  collected: number;
  /** Candidates that were collected before they were protected, and were not said to be. */
  tooLate: number;
}

/** How the world is between an event and the collection. */
type Weather = 'Fair' | 'ReadOnly' | 'Crash' | 'Amnesia';

export class ProtectionModel {
  readonly findings: Findings = { losses: [], remains: [], verified: 0, collected: 0, tooLate: 0 };
  /** What has happened, a line each. */
  readonly story: string[] = [];
  readonly #options: ModelOptions;
  readonly #artifacts = new Map<Digest, Artifact>();
  /** Who has said that it is protected, and needs it still. */
  readonly #confirmed = new Map<Digest, ReadonlySet<ProtectedCluster>>();
  #count = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get hasLost(): boolean {
    return this.findings.losses.length > 0;
  }

  /** Every release of every cluster runs something. */
  async begin(): Promise<void> {
    for (const cluster of this.#options.clusters)
      for (const name of RELEASES) cluster.ship(name, (await this.#push()).root.digest);
    await this.settle();
    await this.#inspect(true);
  }

  /** An event, what the operators make of it, a collection, and a look at everything. */
  async step(): Promise<void> {
    const event = this.#pick(EVENTS);
    const weather = this.#pick(event.weathers ?? WEATHERS);
    this.#tell(`${weather}: ${event.name}`);
    await event.happen(this);
    if (weather === 'Fair') await this.settle();
    else await this.#weather(weather);
    await this.#options.collected.collect();
    await this.#inspect(weather === 'Fair');
  }

  /** Every release goes, and every tag of another's making: nothing may be left. */
  async end(): Promise<void> {
    this.#tell('the end');
    for (const cluster of this.#options.clusters) for (const name of RELEASES) cluster.delete(name);
    await this.#untag(() => true);
    // Tags that nobody remembers have a grace period of their own.
    for (let rest = 0; rest < 2; rest += 1) await this.settle();
    await this.#untag(() => true);
    await this.#options.collected.collect();
    await this.#inspect(true);
  }

  async settle(): Promise<void> {
    const { clock, clusters } = this.#options;
    await clock.advance(BEFORE_FIRST_PASS_MS);
    for (let pass = 0; pass < PASSES; pass += 1) {
      for (const cluster of clusters) await cluster.reconcile();
      await clock.advance(BETWEEN_PASSES_MS);
    }
  }

  async release(): Promise<void> {
    const cluster = this.#pick(this.#options.clusters);
    const name = this.#pick(RELEASES);
    const shared = this.#options.random() < 0.3 ? this.#needed() : undefined;
    const artifact = shared ?? (await this.#push());
    this.#tell(`${cluster.operator.owner}/${name} ships ${artifact.name}`);
    if (cluster.courses.get(name)?.stable === artifact.root.digest) return;
    cluster.ship(name, artifact.root.digest);
  }

  /** No candidate is promoted before it is protected. */
  async promote(): Promise<void> {
    const { protects } = this.#options;
    for (const cluster of this.#options.clusters)
      for (const [name, { candidate }] of cluster.courses)
        if (candidate && (!protects || cluster.operator.isProtected(candidate))) {
          this.#tell(`${cluster.operator.owner}/${name} promotes ${this.#nameOf(candidate)}`);
          cluster.promote(name);
        }
  }

  async rollBack(): Promise<void> {
    const cluster = this.#pick(this.#options.clusters);
    for (const name of RELEASES) cluster.rollBack(name);
  }

  async deleteRelease(): Promise<void> {
    const cluster = this.#pick(this.#options.clusters);
    const name = this.#pick(RELEASES);
    this.#tell(`${cluster.operator.owner}/${name} is deleted`);
    cluster.delete(name);
  }

  async signLate(): Promise<void> {
    const { world } = this.#options.collected;
    const artifact = this.#needed();
    if (artifact === undefined) return;
    const attach = this.#pick([
      () => world.signed(artifact),
      () => world.described(artifact, artifact.images.at(-1)),
    ]);
    this.#tell(`something is attached to ${artifact.name}`);
    this.#artifacts.set(artifact.root.digest, await attach());
  }

  async moveTags(): Promise<void> {
    const artifacts = [...this.#artifacts.values()];
    for (const tag of ['latest', 'stable']) {
      const artifact = artifacts.length === 0 ? undefined : this.#pick(artifacts);
      if (artifact === undefined || !(await this.#isThere(artifact))) continue;
      this.#tell(`${tag} moves to ${artifact.name}`);
      await this.#options.collected.repository.push(artifact.root, [], [tag]);
    }
  }

  async retain(): Promise<void> {
    await this.#untag(() => this.#options.random() < 0.7);
  }

  /** One manifest of something that is needed, or all of them; its operator may be away meanwhile. */
  async deleteManifests(): Promise<void> {
    const { repository } = this.#options.collected;
    const artifact = this.#needed();
    if (artifact === undefined) return;
    const all = digestsOf(artifact);
    const doomed = this.#options.random() < 0.3 ? all : [this.#pick(all)];
    this.#tell(
      `an administrator deletes ${doomed.length} of the ${all.length} manifests of ${artifact.name}`,
    );
    for (const digest of doomed.toReversed()) await repository.deleteManifest(digest);
    if (this.#options.random() < 0.5) for (const { operator } of this.#options.clusters) operator.restart();
  }

  async #weather(weather: Exclude<Weather, 'Fair'>): Promise<void> {
    const { clusters, collected, random } = this.#options;
    if (weather === 'ReadOnly') {
      await collected.registry.restart({ readOnly: true });
      await this.settle();
      await collected.collect();
      await collected.registry.restart({ readOnly: false });
    } else {
      for (const { operator } of clusters) operator.expire(Math.floor(random() * MAX_REQUESTS_OF_THE_DYING));
      await this.settle();
      await collected.collect();
      for (const { operator } of clusters) {
        if (weather === 'Amnesia') operator.restartForgetful();
        else operator.restart();
      }
    }
    if (weather === 'Amnesia') await this.#recover();
    await this.settle();
  }

  /** Two days in which a lease that is not remembered may be somebody else's, and then one for tags that are not. */
  async #recover(): Promise<void> {
    for (const hours of [0, 48, 26]) {
      await this.#options.clock.advance(hours * 3_600_000);
      await this.settle();
    }
  }

  /** What is said to be protected is read whole, what nobody needs must be gone. */
  async #inspect(wasFair: boolean): Promise<void> {
    const { clusters, collected } = this.#options;
    const needs = new Set(clusters.flatMap((cluster) => [...cluster.needs()]));
    for (const digest of this.#confirmed.keys()) if (!needs.has(digest)) this.#confirmed.delete(digest);
    for (const digest of needs) await this.#inspectNeeded(digest, wasFair);
    const tags = await collected.repository.tags();
    for (const artifact of this.#artifacts.values())
      if (!needs.has(artifact.root.digest)) await this.#inspectUnneeded(artifact, tags);
  }

  async #inspectNeeded(digest: Digest, wasFair: boolean): Promise<void> {
    const { clusters, protects } = this.#options;
    const artifact = this.#artifacts.get(digest);
    if (artifact === undefined) return;
    const owners = clusters.filter((cluster) => cluster.needs().has(digest));
    const safe = owners.filter(({ operator }) => !protects || operator.isProtected(digest));
    const before = this.#confirmed.get(digest);
    const wasSafe = owners.some((owner) => before?.has(owner));
    const losses = safe.length > 0 || wasSafe ? await this.#verify(artifact) : [];
    // Collected, or a part of it, before anybody could say that it is safe.
    if (!wasSafe && !wasFair && (safe.length < owners.length || losses.length > 0))
      return this.#giveUp(artifact);
    for (const { operator } of owners.filter((owner) => !safe.includes(owner)))
      losses.push(`${artifact.name} is not protected: ${operator.check(digest)?.message}`);
    this.findings.losses.push(...losses);
    this.#confirmed.set(digest, new Set(safe));
  }

  async #verify(artifact: Artifact): Promise<string[]> {
    const { repository, world } = this.#options.collected;
    this.findings.verified += 1;
    return [...(await deepVerify(repository, artifact, world.publicKey))];
  }

  /** What was never said to be safe may be gone; it is not what runs. */
  #giveUp({ root, name }: Artifact): void {
    this.#tell(`${name} is not protected, and is given up`);
    this.findings.tooLate += 1;
    for (const cluster of this.#options.clusters)
      for (const [release, { stable, candidate }] of cluster.courses) {
        if (candidate === root.digest) cluster.rollBack(release);
        if (stable === root.digest) cluster.delete(release);
      }
    this.#artifacts.delete(root.digest);
  }

  async #inspectUnneeded(artifact: Artifact, tags: readonly string[]): Promise<void> {
    const { repository } = this.#options.collected;
    const isTagged = [artifact.name, 'latest', 'stable', ...discoveryTagsOf(artifact)].some((tag) =>
      tags.includes(tag),
    );
    if (isTagged) return;
    this.findings.collected += 1;
    this.findings.remains.push(...(await remainsOf(repository, artifact)));
    this.#artifacts.delete(artifact.root.digest);
  }

  async #push(): Promise<Artifact> {
    const { random, collected } = this.#options;
    const { world } = collected;
    this.#count += 1;
    const name = `v${this.#count}`;
    let artifact = random() < 0.5 ? await world.image(name, [name]) : await world.multiArch(name, [name]);
    if (random() < 0.7) artifact = await world.signed(artifact);
    if (random() < 0.4) artifact = await world.described(artifact, this.#pick(artifact.images));
    if (random() < 0.3) artifact = await world.signedByTag(artifact);
    this.#artifacts.set(artifact.root.digest, artifact);
    return artifact;
  }

  async #untag(isChosen: () => boolean): Promise<void> {
    const { repository } = this.#options.collected;
    const tags = await repository.tags();
    const foreign = tags.filter((tag) => !/^(keep|lease)\.|^anchor$/.test(tag));
    for (const tag of foreign.filter(isChosen)) await repository.untag(tag);
  }

  async #isThere({ root }: Artifact): Promise<boolean> {
    return (await this.#options.collected.repository.manifest(root.digest)).status === 200;
  }

  /** One of what is known to be protected. */
  #needed(): Artifact | undefined {
    const all = [...this.#confirmed.keys()].flatMap((digest) => this.#artifacts.get(digest) ?? []);
    return all.length === 0 ? undefined : this.#pick(all);
  }

  #nameOf(digest: Digest): string {
    return this.#artifacts.get(digest)?.name ?? digest;
  }

  #tell(what: string): void {
    this.story.push(what);
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#options.random() * from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

interface Event {
  readonly name: string;
  readonly happen: (model: ProtectionModel) => Promise<void>;
  /** Absent where it may happen in any. */
  readonly weathers?: readonly Weather[];
}

const WEATHERS: readonly Weather[] = ['Fair', 'Fair', 'Fair', 'ReadOnly', 'Crash', 'Amnesia'];
/** What is attached late is nobody's before the next look, and what was deleted is gone with a collection before that. */
const FAIR: readonly Weather[] = ['Fair'];
/** By which tag a signature is found, is known from nowhere else once the tag and the records are gone together. */
const REMEMBERED: readonly Weather[] = WEATHERS.filter((weather) => weather !== 'Amnesia');

const RELEASE: Event = { name: 'a release', happen: (model) => model.release() };
const PROMOTION: Event = { name: 'promotions', happen: (model) => model.promote() };
const RETENTION: Event = { name: 'retention', happen: (model) => model.retain(), weathers: REMEMBERED };

/** The more often it is in here, the more often it happens. */
const EVENTS: readonly Event[] = [
  ...[RELEASE, RELEASE, RELEASE, RELEASE, PROMOTION, PROMOTION, PROMOTION, RETENTION, RETENTION],
  { name: 'a roll-back', happen: (model) => model.rollBack() },
  { name: 'a deletion', happen: (model) => model.deleteRelease() },
  { name: 'a late signature', happen: (model) => model.signLate(), weathers: FAIR },
  { name: 'tags move', happen: (model) => model.moveTags() },
  { name: 'an accident', happen: (model) => model.deleteManifests(), weathers: FAIR },
];
