import { describe, expect, it } from 'vitest';
import { archiveTag } from '../../../src/domain/protection/keep-tag.ts';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage, anIndex, aReferrer } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const ARCHIVE = 'archive.example.com/models/checkout';
const ALLOWED = { archives: ['archive.example.com/models'] };
const image = anImage('checkout');
const index = anIndex([image.manifest]);
const signature = aReferrer(index, 'signature');
const signatures = anIndex([signature.manifest]);
const signatureTag = index.digest.replace(':', '-');
const successor = anImage('successor');

const releaseOf = (digest: string, status: object = { stable: { digest }, pins: [], history: [] }) =>
  aRelease({
    spec: {
      artifact: { repository: REPOSITORY, digest },
      protection: { mode: 'Tags', archive: { repository: ARCHIVE } },
    },
    status,
  });

/** A digest that was stable and that nothing refers to any more. */
async function left(release = releaseOf(index.digest), terms: object = ALLOWED) {
  const registry = new MemoryRegistry();
  registry.push(REPOSITORY, { manifest: image.manifest, blobs: [image.config] });
  registry.push(REPOSITORY, { manifest: index }, '1.42.0');
  registry.push(REPOSITORY, { manifest: signature.manifest, blobs: [signature.config, signature.layer] });
  registry.push(REPOSITORY, { manifest: signatures }, signatureTag);
  registry.push(REPOSITORY, { manifest: successor.manifest, blobs: [successor.config] }, '1.43.0');
  const cluster = new ProtectedRepository({ registry, terms });
  cluster.put(release);
  await cluster.protect();
  cluster.put(releaseOf(successor.manifest.digest));
  await cluster.protect();
  const archived = () => cluster.service().protection(releaseOf(successor.manifest.digest)).state.archived;
  const main = registry.repository(REPOSITORY);
  const problems = () => cluster.service().protection(releaseOf(successor.manifest.digest)).state.problems;
  return { archived, cluster, registry, main, problems, archive: registry.repository(ARCHIVE) };
}

/** Until the grace period is over, and what is copied then may be read. */
async function passGrace(cluster: ProtectedRepository): Promise<void> {
  await cluster.clock.advance(3_601_000);
  await cluster.pass();
  await cluster.clock.advance(60_000);
  await cluster.pass();
}

const isKept = (tags: ReadonlyMap<string, string>, digest: string) =>
  [...tags].some(([tag, target]) => tag.startsWith('keep.') && target === digest);

describe('what is given up and has an archive', () => {
  it('is copied there with its signatures, survives a collection there, and leaves then', async () => {
    const { archive, archived, cluster, main, registry } = await left();
    await passGrace(cluster);
    expect(archived()).toMatchObject([{ digest: index.digest, repository: ARCHIVE }]);
    expect(isKept(main.tags, index.digest)).toBe(false);
    registry.collect(ARCHIVE);
    for (const { digest } of [image.manifest, index, signature.manifest, signatures])
      expect(archive.tags.get(archiveTag(digest))).toBe(digest);
    expect(archive.tags.get(signatureTag)).toBe(signatures.digest);
    for (const { digest } of [image.config, signature.layer]) expect(archive.blobs.has(digest)).toBe(true);
    expect(cluster.archived).toEqual(['Copied']);
    expect(cluster.woken.length).toBeGreaterThan(0);
  });

  it('stays where it is while its archive cannot be written, which people are told', async () => {
    const { archived, cluster, main, problems, registry } = await left();
    registry.fault = (call) => {
      if (call === 'copyBlob') throw new RegistryError('Unavailable', 'down');
    };
    await passGrace(cluster);
    await cluster.clock.advance(3_600_000);
    expect(await cluster.pass()).toBeLessThanOrEqual(600);
    expect(isKept(main.tags, index.digest)).toBe(true);
    expect(cluster.archived).toContain('Failed');
    expect(cluster.warnings.join()).toContain('stays protected');
    expect(problems()).toEqual([
      { reason: 'ArchiveFailed', message: expect.stringMatching(new RegExp(`for ${ARCHIVE}: .*down`)) },
    ]);
    registry.fault = () => undefined;
    await cluster.clock.advance(7_200_000);
    await passGrace(cluster);
    expect(problems()).toEqual([]);
    expect(archived()).toHaveLength(1);
    expect(isKept(main.tags, index.digest)).toBe(false);
  });

  it('does not leave before every byte was read in the archive', async () => {
    const { archive, archived, cluster, main } = await left();
    await cluster.clock.advance(3_601_000);
    await cluster.pass();
    archive.blobs.set(signature.layer.digest, Buffer.from('other bytes'));
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(archived()).toEqual([]);
    expect(isKept(main.tags, index.digest)).toBe(true);
  });

  it.each([
    ['nowhere', {}],
    ['elsewhere', { archives: ['archive.example.com/model', 'archive.example.com/models/checkout/below'] }],
  ])('stays where it is when the platform lets it go %s, which is told before it has to go', async (_, terms) => {
    const { archive, cluster, main, problems } = await left(undefined, terms);
    const told = [
      {
        reason: 'ArchiveFailed',
        message: expect.stringMatching(
          new RegExp(`^${ARCHIVE} is not allowed .*spec.protection.archives .* registry.example.com$`),
        ),
      },
    ];
    expect(problems()).toEqual(told);
    await passGrace(cluster);
    expect([archive.tags.size, archive.blobs.size]).toEqual([0, 0]);
    expect(isKept(main.tags, index.digest)).toBe(true);
    expect(problems()).toEqual(told);
    cluster.woken.length = 0;
    cluster.configure(ALLOWED);
    cluster.service().reconfigured(REPOSITORY);
    await cluster.pass();
    expect(problems()).toEqual([]);
    expect(cluster.woken).toContain('shop/checkout');
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(isKept(main.tags, index.digest)).toBe(false);
  });

  it('does not go anywhere when it was never promoted', async () => {
    const tried = releaseOf(index.digest, { pins: [], history: [] });
    const { archive, cluster, main } = await left(tried);
    await passGrace(cluster);
    expect(archive.manifests.size).toBe(0);
    expect(isKept(main.tags, index.digest)).toBe(false);
  });

  it('is remembered after nothing is left to be kept', async () => {
    const { archived, cluster } = await left();
    await passGrace(cluster);
    cluster.remove('shop/checkout');
    await cluster.pass();
    await passGrace(cluster);
    cluster.restart();
    await cluster.pass();
    expect(archived().map(({ digest }) => digest)).toEqual([successor.manifest.digest, index.digest]);
  });
});

describe('what was archived', () => {
  it('comes back, with its signatures, when a release wants it again', async () => {
    const { cluster, main, registry } = await left();
    await passGrace(cluster);
    for (const tag of main.tags.keys()) if (!tag.startsWith('keep.')) main.tags.delete(tag);
    registry.collect(REPOSITORY);
    expect(main.manifests.has(index.digest)).toBe(false);
    const restored = [{ digest: index.digest, by: 'alice', at: cluster.clock.now().toISOString() }];
    const status = { stable: { digest: successor.manifest.digest }, pins: [], history: [], restored };
    const asking = releaseOf(successor.manifest.digest, status);
    cluster.put(asking);
    await cluster.protect();
    expect(cluster.check(asking, index.digest)).toMatchObject({ reason: 'Protected', members: 4 });
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(main.tags.get(signatureTag)).toBe(signatures.digest);
    expect(main.blobs.has(signature.layer.digest)).toBe(true);
  });
});
