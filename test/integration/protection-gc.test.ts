import { describe, expect, it } from 'vitest';
import type { Artifact } from '../support/artifact-world.ts';
import { manifestsOf } from '../support/artifact-world.ts';
import { CollectedRegistry, REGISTRIES, type RegistryTool } from '../support/collected-registry.ts';
import { deepVerify, remainsOf } from '../support/deep-verify.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ProtectedCluster } from '../support/protected-cluster.ts';
import { retain } from '../support/retention.ts';

// Protection at real registries whose garbage is really collected, untagged manifests with it.

const HOURS = 3_600_000;

interface Harness extends AsyncDisposable {
  readonly collected: CollectedRegistry;
  readonly clusters: readonly [ProtectedCluster, ProtectedCluster];
  /** Passes of both operators, with hours between them: what is put is read back, what is due is given up. */
  settle(): Promise<void>;
  losses(artifact: Artifact): Promise<readonly string[]>;
  remains(artifact: Artifact): Promise<readonly string[]>;
}

async function start(tool: RegistryTool, options: { readonly deletes?: boolean } = {}): Promise<Harness> {
  const collected = await CollectedRegistry.start(tool, options);
  const clock = new FakeClock();
  const [one, other] = ['aaaa1111', 'bbbb2222'].map(
    (owner) =>
      new ProtectedCluster({
        owner,
        registry: collected.client,
        clock,
        repository: collected.repositoryName,
      }),
  ) as [ProtectedCluster, ProtectedCluster];
  const { repository, world } = collected;
  return {
    collected,
    clusters: [one, other],
    settle: async () => {
      for (let pass = 0; pass < 3; pass += 1) {
        for (const cluster of [one, other]) await cluster.reconcile();
        await clock.advance(2 * HOURS);
      }
    },
    losses: (artifact) => deepVerify(repository, artifact, world.publicKey),
    remains: (artifact) => remainsOf(repository, artifact),
    [Symbol.asyncDispose]: () => collected[Symbol.asyncDispose](),
  };
}

/** Two platforms, signed, one of them described by a list that is signed too, and a signature of the first layout. */
async function everything({ collected: { world } }: Harness, name: string): Promise<Artifact> {
  const plain = await world.multiArch(name, [name]);
  const signed = await world.signedByTag(await world.signed(plain));
  return await world.described(signed, plain.images[0]);
}

/** Those of operators. */
const ownTags = async ({ repository }: CollectedRegistry): Promise<readonly string[]> =>
  (await repository.tags()).filter((tag) => /^(keep|lease)\./.test(tag));

describe.each(REGISTRIES)('protection at %s', (_, tool) => {
  it('keeps everything that a release needs through retention and collection, and nothing else', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const [needed, unneeded] = [await everything(harness, 'needed'), await everything(harness, 'unneeded')];
    clusters[0].ship('checkout', needed.root.digest);
    await harness.settle();
    expect(clusters[0].operator.check(needed.root.digest)).toMatchObject({ reason: 'Protected' });
    await retain(collected, [needed, unneeded]);
    await harness.settle();
    await collected.collect();
    expect(await harness.losses(needed)).toEqual([]);
    expect(await harness.remains(unneeded)).toEqual([]);
  });

  it('loses it all without protection', async () => {
    await using harness = await start(tool);
    const needed = await everything(harness, 'needed');
    await retain(harness.collected, [needed]);
    await harness.collected.collect();
    expect(await harness.losses(needed)).not.toEqual([]);
    expect(await harness.remains(needed)).toEqual([]);
  });

  it('keeps what several clusters need until the last of them lets go', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const shared = await everything(harness, 'shared');
    for (const cluster of clusters) cluster.ship('checkout', shared.root.digest);
    await harness.settle();
    clusters[0].delete('checkout');
    await harness.settle();
    await retain(collected, [shared]);
    await harness.settle();
    await collected.collect();
    expect(await harness.losses(shared)).toEqual([]);
    clusters[1].delete('checkout');
    await retain(collected, [shared]);
    await harness.settle();
    await retain(collected, [shared]);
    await collected.collect();
    expect(await harness.remains(shared)).toEqual([]);
    expect(await ownTags(collected)).toEqual([]);
  });

  it('gives up without the right to delete', async () => {
    await using harness = await start(tool, { deletes: false });
    const { clusters, collected } = harness;
    const image = await collected.world.image('image');
    clusters[0].ship('checkout', image.root.digest);
    await harness.settle();
    await collected.collect();
    expect(await harness.losses(image)).toEqual([]);
    clusters[0].delete('checkout');
    await harness.settle();
    await collected.collect();
    expect(await harness.remains(image)).toEqual([]);
  });

  it('puts back what an administrator deletes, before it is collected', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const needed = await everything(harness, 'needed');
    clusters[0].ship('checkout', needed.root.digest);
    await harness.settle();
    for (const { digest } of manifestsOf(needed)) {
      await collected.repository.deleteManifest(digest);
      await harness.settle();
      expect(await harness.losses(needed)).toEqual([]);
    }
    await collected.collect();
    expect(await harness.losses(needed)).toEqual([]);
  });

  it('puts back an artifact of which every manifest is deleted at once', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const needed = await everything(harness, 'needed');
    clusters[0].ship('checkout', needed.root.digest);
    await harness.settle();
    await retain(collected, [needed]);
    for (const { digest } of manifestsOf(needed).toReversed())
      await collected.repository.deleteManifest(digest);
    await harness.settle();
    await collected.collect();
    expect(await harness.losses(needed)).toEqual([]);
    expect(clusters[0].operator.check(needed.root.digest)).toMatchObject({ reason: 'Protected' });
  });

  it('puts back from what was stored, what is deleted while no operator runs', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const needed = await everything(harness, 'needed');
    clusters[0].ship('checkout', needed.root.digest);
    await harness.settle();
    for (const { manifest } of needed.attached) await collected.repository.deleteManifest(manifest.digest);
    clusters[0].operator.restart();
    await harness.settle();
    await collected.collect();
    expect(await harness.losses(needed)).toEqual([]);
  });

  it('claims nothing while the registry is read-only, and keeps on what it kept', async () => {
    await using harness = await start(tool);
    const { clusters, collected } = harness;
    const [kept, late] = [await everything(harness, 'kept'), await everything(harness, 'late')];
    clusters[0].ship('checkout', kept.root.digest);
    await harness.settle();
    await collected.registry.restart({ readOnly: true });
    clusters[0].ship('checkout', late.root.digest);
    await harness.settle();
    expect(clusters[0].operator.check(late.root.digest)).toMatchObject({
      state: 'Unknown',
      reason: 'RegistryReadOnly',
    });
    expect(clusters[0].operator.isProtected(kept.root.digest)).toBe(true);
    await collected.registry.restart({ readOnly: false });
    await harness.settle();
    expect(clusters[0].operator.isProtected(late.root.digest)).toBe(true);
  });
});
