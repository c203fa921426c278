import { isDeepStrictEqual } from 'node:util';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { Status } from '../../src/api/artifact-release-status.ts';
import { ConflictError } from '../../src/controller/errors.ts';
import { parseImage } from '../../src/domain/digest.ts';
import type { Container, Workload } from '../../src/domain/workload.ts';
import { REPOSITORY } from './releases.ts';

/** A Deployment as the API server stores it, and the pods behind it in the simplest form that can go wrong. */
export interface SimulatedDeployment {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  readonly generation: number;
  readonly replicas: number;
  readonly paused: boolean;
  readonly containers: readonly Container[];
  readonly templateHash: string;
  readonly ownerUid?: string;
  readonly madeFrom?: string;
  readonly release?: string;
  /** When its spec changed last: its pods are new from then on. */
  readonly changedAt: number;
}

export const ROLLOUT_MS = 20_000;
export const OBSERVE_MS = 1_000;

type Kind = 'release' | 'workload';
interface Change {
  readonly kind: Kind;
  readonly key: string;
  readonly object: ArtifactRelease | Workload | undefined;
}

/** What the API server and its controllers do: versions, generations, preconditions, watches, rollouts. */
export class SimulatedCluster {
  now = Date.parse('2026-06-01T12:00:00Z');
  #version = 100;
  #uids = 0;
  readonly #releases = new Map<string, ArtifactRelease>();
  readonly #deployments = new Map<string, SimulatedDeployment>();
  readonly #published = new Map<string, string>();
  /** Everything that watches have told, by kind: a client is somewhere in it. */
  readonly history: Record<Kind, Change[]> = { release: [], workload: [] };
  /** Pods that run one of these digests never become available. */
  readonly broken = new Set<string>();
  /** Images that admission keeps, from a release that may be one version old. */
  admission = false;

  release(name: string): ArtifactRelease | undefined {
    return this.#releases.get(name);
  }

  deployment(name: string): SimulatedDeployment | undefined {
    return this.#deployments.get(name);
  }

  deployments(): readonly SimulatedDeployment[] {
    return [...this.#deployments.values()];
  }

  createRelease(release: ArtifactRelease): void {
    const uid = release.metadata.uid;
    this.#storeRelease({ ...release, metadata: { ...release.metadata, uid } });
  }

  /** Any write to metadata or spec. A spec that changes is a new generation. */
  editRelease(name: string, edit: (release: ArtifactRelease) => ArtifactRelease): void {
    const before = this.#releases.get(name);
    if (!before) return;
    const after = edit(before);
    if (isDeepStrictEqual(after, before)) return;
    const generation = before.metadata.generation + (isDeepStrictEqual(after.spec, before.spec) ? 0 : 1);
    this.#storeRelease({ ...after, metadata: { ...after.metadata, generation } });
  }

  /** The status subresource, fenced. What the schema refuses, the API server would refuse. */
  writeStatus(name: string, uid: string, resourceVersion: string, status: Status): string {
    const before = this.#releases.get(name);
    if (before?.metadata.uid !== uid || before.metadata.resourceVersion !== resourceVersion) {
      throw new ConflictError(`${name} has changed`);
    }
    const parsed = Status.parse(status);
    if (isDeepStrictEqual(parsed, before.status)) return resourceVersion;
    return this.#storeRelease({ ...before, status: parsed });
  }

  deleteRelease(name: string): void {
    this.editRelease(name, (release) => ({
      ...release,
      metadata: { ...release.metadata, deletionTimestamp: new Date(this.now).toISOString() },
    }));
  }

  createDeployment(fields: Pick<SimulatedDeployment, 'name' | 'replicas' | 'containers'>): void {
    this.#storeDeployment({
      uid: `deployment-${++this.#uids}`,
      resourceVersion: 0,
      generation: 1,
      paused: false,
      templateHash: 'template-0',
      changedAt: this.now - ROLLOUT_MS,
      ...fields,
    });
  }

  /** Any write to a Deployment; one that changes its spec starts a rollout. Creates what is not there. */
  editDeployment(name: string, edit: (before: Partial<SimulatedDeployment>) => Partial<SimulatedDeployment>) {
    const before = this.#deployments.get(name);
    const blank = { name, uid: `deployment-${++this.#uids}`, resourceVersion: 0, generation: 0 };
    const start = { replicas: 1, paused: false, containers: [], templateHash: 'template-0', changedAt: 0 };
    const edited = { ...blank, ...start, ...edit(before ?? {}), ...(before && { uid: before.uid }) };
    const containers = this.#admit(name, edited.containers);
    const after = { ...edited, name, containers };
    if (before && isDeepStrictEqual(specOf(after), specOf(before))) {
      if (!isDeepStrictEqual(after, before)) this.#storeDeployment(after);
      return;
    }
    this.#storeDeployment({ ...after, generation: after.generation + 1, changedAt: this.now });
  }

  deleteDeployment(name: string): void {
    if (this.#deployments.delete(name)) this.#tell({ kind: 'workload', key: name, object: undefined });
    this.#published.delete(name);
  }

  /** Time passes; Deployments report what their pods have become. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    for (const deployment of this.#deployments.values()) {
      if (this.#published.get(deployment.name) !== this.#statusText(deployment)) {
        this.#storeDeployment(deployment);
      }
    }
  }

  /** When a Deployment will report something new. */
  nextReportAt(): number | undefined {
    const times = [...this.#deployments.values()].flatMap(({ changedAt }) => [
      changedAt + OBSERVE_MS,
      changedAt + ROLLOUT_MS,
    ]);
    const later = times.filter((time) => time > this.now);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  project(deployment: SimulatedDeployment): Workload {
    const { changedAt: _, release: __, ...fields } = deployment;
    const { replicas } = fields;
    return {
      ...fields,
      ...this.#progress(deployment),
      namespace: 'shop',
      resourceVersion: String(fields.resourceVersion),
      currentReplicas: replicas,
      updatedReplicas: replicas,
      selector: `app=${deployment.name}`,
    };
  }

  #progress(deployment: SimulatedDeployment): Pick<Workload, 'observedGeneration' | 'availableReplicas'> {
    const { changedAt, generation, replicas } = deployment;
    const done = this.now >= changedAt + ROLLOUT_MS && !this.#isBroken(deployment);
    return {
      observedGeneration: this.now >= changedAt + OBSERVE_MS ? generation : generation - 1,
      availableReplicas: done ? replicas : Math.max(0, replicas - 1),
    };
  }

  #isBroken({ containers }: SimulatedDeployment): boolean {
    return containers.some(({ image }) => this.broken.has(parseImage(image)?.digest ?? ''));
  }

  #admit(name: string, containers: readonly Container[]): readonly Container[] {
    if (!this.admission) return containers;
    const pins = [...this.#releases.values()].flatMap((release) => release.status?.pins ?? []);
    return containers.map((container) => {
      const pin = pins.find((p) => p.name === name && p.container === container.name);
      return pin ? { ...container, image: pin.image } : container;
    });
  }

  #storeRelease(release: ArtifactRelease): string {
    const { name, deletionTimestamp, finalizers } = release.metadata;
    const resourceVersion = String(++this.#version);
    const gone = deletionTimestamp !== undefined && finalizers.length === 0;
    const stored = { ...release, metadata: { ...release.metadata, resourceVersion } };
    if (gone) this.#releases.delete(name);
    else this.#releases.set(name, stored);
    this.#tell({ kind: 'release', key: name, object: gone ? undefined : stored });
    if (gone) this.#collectGarbage(release.metadata.uid);
    return resourceVersion;
  }

  #collectGarbage(owner: string): void {
    const orphans = this.deployments().filter(({ ownerUid }) => ownerUid === owner);
    for (const { name } of orphans) this.deleteDeployment(name);
  }

  #storeDeployment(deployment: SimulatedDeployment): void {
    const stored = { ...deployment, resourceVersion: ++this.#version };
    this.#deployments.set(stored.name, stored);
    this.#published.set(stored.name, this.#statusText(stored));
    this.#tell({ kind: 'workload', key: stored.name, object: this.project(stored) });
  }

  #statusText(deployment: SimulatedDeployment): string {
    const { observedGeneration, availableReplicas } = this.#progress(deployment);
    return `${observedGeneration}/${availableReplicas}`;
  }

  #tell(change: Change): void {
    this.history[change.kind].push(change);
  }
}

const specOf = ({ replicas, paused, containers, templateHash }: SimulatedDeployment): unknown => [
  replicas,
  paused,
  containers,
  templateHash,
];

/** The digests of the artifact that the pods of a Deployment may be running. */
export const digestsIn = (containers: readonly Container[]): readonly string[] =>
  containers.flatMap(({ image }) => {
    const reference = parseImage(image);
    return reference?.repository === REPOSITORY && reference.digest ? [reference.digest] : [];
  });

/** What one client has heard so far: each kind in order, but not one kind in step with the other. */
export class CacheView {
  readonly #cluster: SimulatedCluster;
  #heard: Record<Kind, number> = { release: 0, workload: 0 };
  readonly releases = new Map<string, ArtifactRelease>();
  readonly workloads = new Map<string, Workload>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.hear('release');
    this.hear('workload');
  }

  isBehind(): boolean {
    return (['release', 'workload'] as const).some(
      (kind) => this.#heard[kind] < this.#cluster.history[kind].length,
    );
  }

  hear(kind: Kind, limit = Number.POSITIVE_INFINITY): boolean {
    const all = this.#cluster.history[kind];
    const until = Math.min(all.length, this.#heard[kind] + limit);
    const news = all.slice(this.#heard[kind], until);
    this.#heard[kind] = until;
    for (const { key, object } of news) {
      const view: Map<string, unknown> = kind === 'release' ? this.releases : this.workloads;
      if (object === undefined) view.delete(key);
      else view.set(key, object);
    }
    return news.length > 0;
  }
}
