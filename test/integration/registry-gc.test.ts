import { describe, expect, it } from 'vitest';
import { keepTag } from '../../src/domain/protection/keep-tag.ts';
import { type ArtifactWorld, manifestsOf } from '../support/artifact-world.ts';
import { CollectedRegistry, REGISTRIES } from '../support/collected-registry.ts';
import { deepVerify, remainsOf } from '../support/deep-verify.ts';
import type { Content } from '../support/oci-content.ts';
import { retain } from '../support/retention.ts';

// Why there is a keep tag on every manifest: what the real collectors spare, and what they take.

const OWNER = 'aaaa1111';

/** Every way in which one manifest needs another, and beside it what nobody needs. */
async function stock(world: ArtifactWorld) {
  const image = await world.signedByTag(await world.signed(await world.image('image', ['image'])));
  const plain = await world.multiArch('index', ['index']);
  const [platform = plain.root] = plain.images;
  const index = await world.described(await world.signed(plain), platform);
  const unneeded = await world.signed(await world.image('unneeded', ['unneeded']));
  return { image, index, unneeded };
}

type Stock = Awaited<ReturnType<typeof stock>>;

/** What is left of each kind of manifest: all of it, some of it, or nothing. */
async function leftOf({ repository }: CollectedRegistry, { image, index }: Stock) {
  const left = async (manifests: readonly Content[]) => {
    const remaining = await Promise.all(
      manifests.map(async ({ digest }) => (await repository.manifest(digest)).status === 200),
    );
    return remaining.every(Boolean) ? 'all' : remaining.some(Boolean) ? 'some' : 'none';
  };
  return {
    roots: await left([image.root, index.root]),
    platforms: await left(index.images),
    attached: await left([...image.attached, ...index.attached].map(({ manifest }) => manifest)),
  };
}

describe.each(REGISTRIES)('the collector of %s', (_, tool) => {
  it('takes nothing that has lost its tags unless it is asked to', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const stocked = await stock(collected.world);
    await retain(collected, Object.values(stocked));
    await collected.collect({ deleteUntagged: false });
    expect(await leftOf(collected, stocked)).toEqual({ roots: 'all', platforms: 'all', attached: 'all' });
  });

  it('takes everything that has lost its tags, when it is asked to', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const stocked = await stock(collected.world);
    await retain(collected, Object.values(stocked));
    await collected.collect();
    expect(await leftOf(collected, stocked)).toEqual({ roots: 'none', platforms: 'none', attached: 'none' });
    for (const artifact of Object.values(stocked))
      expect(await remainsOf(collected.repository, artifact)).toEqual([]);
  });

  it('spares by a tag on the image alone neither its signatures nor, in 2.8, its platforms', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const stocked = await stock(collected.world);
    const { image, index } = stocked;
    for (const { root } of [image, index])
      await collected.repository.push(root, [], [keepTag(OWNER, root.digest)]);
    await retain(collected, Object.values(stocked));
    await collected.collect();
    expect(await leftOf(collected, stocked)).toEqual({
      roots: 'all',
      platforms: tool === 'registry' ? 'all' : 'none',
      attached: 'none',
    });
    const { repository, world } = collected;
    expect(await deepVerify(repository, image, world.publicKey)).toContainEqual(
      expect.stringMatching(
        /^image: the manifest of the signature sha256:\w+ is gone: .* answered with 404$/,
      ),
    );
  });

  it('spares what has a tag on every manifest of it, and takes the rest', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const { world, repository } = collected;
    const stocked = await stock(world);
    const { image, index, unneeded } = stocked;
    for (const manifest of [...manifestsOf(image), ...manifestsOf(index)])
      await repository.push(manifest, [], [keepTag(OWNER, manifest.digest)]);
    await retain(collected, Object.values(stocked));
    await collected.collect();
    expect(await leftOf(collected, stocked)).toEqual({ roots: 'all', platforms: 'all', attached: 'all' });
    expect(await remainsOf(repository, unneeded)).toEqual([]);
    const losses = [image, index].map((one) => deepVerify(repository, one, world.publicKey));
    // Every byte is there; that they are found again takes the tags that retention has removed.
    for (const loss of (await Promise.all(losses)).flat()) expect(loss).toMatch(/ is not found by its tag$/);
  });
});
