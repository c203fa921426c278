import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/api/scalars.ts';
import { RegistryError } from '../../src/ports/registry-error.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryRegistry } from '../support/memory-registry.ts';
import { anImage, anIndex, aReferrer, type Content } from '../support/oci-content.ts';
import { ProtectedRepository } from '../support/protected-repository.ts';
import { anEntry, aRelease, iso, NOON, REPOSITORY } from '../support/releases.ts';

/** An index of two platforms, of which one is shared by all, with a signature that is found by its tag. */
interface Artifact {
  readonly root: Content;
  readonly parts: readonly { readonly manifest: Content; readonly blobs: readonly Content[] }[];
  readonly discovery: string;
  readonly index: Content;
}

const shared = anImage('shared');

function anArtifact(at: number): Artifact {
  const own = anImage(`artifact ${at}`);
  const root = anIndex([own.manifest, shared.manifest]);
  const { config, layer, manifest } = aReferrer(root, `signature ${at}`);
  const image = ({ config: blob, manifest: one }: typeof own) => ({ manifest: one, blobs: [blob] });
  return {
    root,
    parts: [image(own), image(shared), { manifest: root, blobs: [] }, { manifest, blobs: [config, layer] }],
    discovery: root.digest.replace(':', '-'),
    index: anIndex([manifest]),
  };
}

const ARTIFACTS = [0, 1, 2, 3].map(anArtifact);
const NAMES = ['checkout', 'cart'] as const;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push'), artifact: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('release'),
      cluster: fc.nat(1),
      name: fc.constantFrom(...NAMES),
      artifact: fc.nat(3),
      earlier: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('close'), cluster: fc.nat(1), name: fc.constantFrom(...NAMES) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pass'),
      cluster: fc.nat(1),
      failAt: fc.option(fc.nat(40), { nil: undefined }),
      crash: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('protect'), cluster: fc.nat(1), artifact: fc.nat(3) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.constantFrom(61, 601, 3_700) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('retention') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('race'), cluster: fc.nat(1), artifact: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), artifact: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('readOnly'), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tagDelete'), on: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Crash extends Error {}

interface Kept {
  readonly digest: Digest;
  readonly members: readonly Digest[];
}

/** Two clusters on one repository, and a collection after every step. */
class World {
  readonly registry = new MemoryRegistry();
  readonly #clock = new FakeClock(new Date(NOON));
  readonly clusters = ['aaaa1111', 'bbbb2222'].map(
    (owner) => new ProtectedRepository({ owner, clock: this.#clock, registry: this.registry }),
  );

  get repository() {
    return this.registry.repository(REPOSITORY);
  }

  async do(one: Step): Promise<void> {
    switch (one.kind) {
      case 'push':
        return this.#push(one.artifact);
      case 'release':
        return this.#release(one.cluster, one.name, one.artifact, one.earlier);
      case 'close':
        this.clusters[one.cluster]?.remove(`shop/${one.name}`);
        return;
      case 'pass':
        return await this.pass(one.cluster, one.failAt, one.crash);
      case 'protect':
        this.#push(one.artifact);
        this.#release(one.cluster, 'checkout', one.artifact, undefined);
        for (const seconds of [301, 61, 61]) {
          await this.pass(one.cluster);
          await this.#clock.advance(seconds * 1000);
        }
        return;
      case 'wait':
        return await this.#clock.advance(one.seconds * 1000);
      case 'race':
        return await this.#race(one.cluster, one.artifact);
      case 'retention':
        return this.retention();
      case 'delete':
        return await this.#delete(one.artifact);
      case 'readOnly':
        this.registry.readOnly = one.on;
        return;
      case 'tagDelete':
        this.registry.tagDelete = one.on;
    }
  }

  /** Digests that a cluster says are protected, each with all that it knows to belong to it. */
  protected(): readonly Kept[] {
    return this.clusters.flatMap((cluster) =>
      cluster
        .service()
        .list()
        .digests.filter(({ reason }) => reason === 'Protected')
        .map(({ digest, members }) => ({ digest, members })),
    );
  }

  /** What is missing of it, in words. A signature that retention had hidden before it was looked for is not known. */
  lost({ digest, members }: Kept): readonly string[] {
    const { blobs, manifests } = this.repository;
    const artifact = ARTIFACTS.find(({ root }) => root.digest === digest);
    const [signature] = artifact?.parts.slice(-1) ?? [];
    const parts = (artifact?.parts ?? []).filter(
      (part) => part !== signature || members.includes(part.manifest.digest),
    );
    return [
      ...[...members, ...parts.map(({ manifest }) => manifest.digest)]
        .filter((member) => !manifests.has(member))
        .map((member) => `manifest ${member}`),
      ...parts
        .flatMap((part) => part.blobs)
        .filter((blob) => !blobs.has(blob.digest))
        .map((blob) => `blob ${blob.digest}`),
    ];
  }

  async pass(at: number, failAt?: number, crash = false): Promise<void> {
    const cluster = this.clusters[at];
    let calls = 0;
    this.registry.fault = () => {
      if (calls++ !== failAt) return;
      throw crash ? new Crash('killed') : new RegistryError('Unavailable', 'for a moment');
    };
    if (crash && cluster) cluster.records.fault = () => (calls > (failAt ?? Infinity) ? fail() : undefined);
    await cluster?.pass().catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    this.registry.fault = () => undefined;
    if (cluster) cluster.records.fault = () => undefined;
    if (crash && calls > (failAt ?? Infinity)) cluster?.restart();
  }

  retention(): void {
    const { tags } = this.repository;
    for (const tag of tags.keys()) if (!/^(keep|lease)\./.test(tag)) tags.delete(tag);
  }

  async settle(): Promise<void> {
    Object.assign(this.registry, { readOnly: false });
    for (let round = 0; round < 3; round++) {
      await this.#clock.advance(3_700_000);
      for (const at of this.clusters.keys()) await this.pass(at);
    }
  }

  closeAll(): void {
    for (const cluster of this.clusters) {
      cluster.releases.clear();
      cluster.restart();
    }
  }

  /** A collection has marked what is tagged when a new artifact comes, is released, and gets its keep tags. */
  async #race(cluster: number, artifact: number): Promise<void> {
    const sweep = this.registry.mark(REPOSITORY);
    this.#push(artifact);
    this.#release(cluster, 'checkout', artifact, undefined);
    await this.pass(cluster);
    sweep();
    await this.#clock.advance(61_000);
    await this.pass(cluster);
  }

  #push(at: number): void {
    const artifact = ARTIFACTS[at];
    if (!artifact) return;
    for (const part of artifact.parts) this.registry.push(REPOSITORY, part);
    this.registry.push(REPOSITORY, { manifest: artifact.index }, artifact.discovery);
    this.repository.tags.set(`v${at}`, artifact.root.digest);
  }

  #release(cluster: number, name: string, artifact: number, earlier: number | undefined): void {
    const digest = ARTIFACTS[artifact]?.root.digest ?? '';
    const past = earlier === undefined ? undefined : ARTIFACTS[earlier]?.root.digest;
    const release = aRelease({
      metadata: { name },
      spec: { artifact: { repository: REPOSITORY, digest }, protection: { mode: 'Tags' } },
      status: {
        stable: { digest },
        pins: [],
        history:
          past === undefined
            ? []
            : [anEntry({ digest: past, verdict: 'Promoted', reason: 'Promoted', finishedAt: iso() })],
      },
    });
    this.clusters[cluster]?.put(release);
  }

  /** By its digest, as an administrator can; the clusters see it before the next collection. */
  async #delete(at: number): Promise<void> {
    const digest = ARTIFACTS[at]?.root.digest ?? '';
    if (this.registry.readOnly) return;
    const { manifests, tags } = this.repository;
    manifests.delete(digest);
    for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
    await this.#clock.advance(301_000);
    for (const cluster of this.clusters.keys()) await this.pass(cluster);
  }
}

function fail(): never {
  throw new Crash('killed');
}

describe('protection', () => {
  it('loses nothing that it says is protected, whatever happens, and keeps nothing for ever', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        const world = new World();
        for (const one of steps) {
          await world.do(one);
          const kept = world.protected();
          world.registry.collect(REPOSITORY);
          for (const digest of kept) expect(world.lost(digest), `after ${JSON.stringify(one)}`).toEqual([]);
        }
        world.closeAll();
        await world.settle();
        world.retention();
        world.registry.collect(REPOSITORY);
        const left = [...world.repository.tags.keys()].filter(
          (tag) => !tag.startsWith('keep.') && !tag.startsWith('lease.'),
        );
        expect(left).toEqual([]);
        for (const { parts } of ARTIFACTS)
          for (const { manifest } of parts)
            expect(world.repository.manifests.has(manifest.digest)).toBe(false);
      }),
      { numRuns: Number(process.env.RUNS ?? 25) },
    );
  });
});
