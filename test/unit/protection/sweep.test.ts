import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { without } from '../../../src/domain/situation.ts';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage, anIndex, aReferrer, type Content } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const OWNER = 'aaaa1111';
const GRACE_MS = 3_601_000;
const RELEASE = 'shop/checkout';

const image = anImage('checkout');
const signature = aReferrer(image.manifest, 'signature');
const ofSignature = aReferrer(signature.manifest, 'signature of the signature');
const discovery = ({ digest }: Content): string => digest.replace(':', '-');

const release = aRelease({
  spec: { artifact: { repository: REPOSITORY, digest: image.manifest.digest }, protection: { mode: 'Tags' } },
  status: { stable: { digest: image.manifest.digest }, pins: [], history: [] },
});

/** An image with a signature, protected. */
async function aProtectedImage() {
  const registry = new MemoryRegistry();
  registry.push(REPOSITORY, { manifest: image.manifest, blobs: [image.config] }, '1.42.0');
  registry.push(REPOSITORY, { manifest: signature.manifest, blobs: [signature.config, signature.layer] });
  registry.push(REPOSITORY, {
    manifest: ofSignature.manifest,
    blobs: [ofSignature.config, ofSignature.layer],
  });
  registry.push(REPOSITORY, { manifest: anIndex([signature.manifest]) }, discovery(image.manifest));
  registry.push(REPOSITORY, { manifest: anIndex([ofSignature.manifest]) }, discovery(signature.manifest));
  const cluster = new ProtectedRepository({ registry });
  cluster.put(release);
  await cluster.protect();
  const repository = registry.repository(REPOSITORY);
  const isKept = ({ digest }: Content) => repository.tags.get(keepTag(OWNER, digest)) === digest;
  return { cluster, isKept, registry, repository };
}

describe('what is wanted', () => {
  it('again while a pass goes on that would give it up stays', async () => {
    const { cluster, isKept, registry } = await aProtectedImage();
    cluster.remove(RELEASE);
    await cluster.pass();
    await cluster.clock.advance(GRACE_MS);
    registry.fault = (call) => {
      if (call === 'tags') cluster.put(release);
    };
    await cluster.pass();
    for (const one of [image, signature]) expect(isKept(one.manifest)).toBe(true);
  });

  it('and that its list of signatures forgets, for two have written that at once, stays', async () => {
    const { cluster, isKept, registry, repository } = await aProtectedImage();
    const later = aReferrer(image.manifest, 'later');
    registry.push(REPOSITORY, { manifest: later.manifest, blobs: [later.config, later.layer] });
    registry.push(REPOSITORY, { manifest: anIndex([later.manifest]) }, discovery(image.manifest));
    for (let hours = 0; hours < 4; hours += 1) {
      await cluster.clock.advance(GRACE_MS);
      await cluster.pass();
    }
    registry.collect(REPOSITORY);
    for (const one of [image, signature, ofSignature, later]) expect(isKept(one.manifest)).toBe(true);
    expect(repository.manifests.has(ofSignature.manifest.digest)).toBe(true);
  });
});

it('what an ArtifactRegistry asks for that is not understood is not taken for nothing', async () => {
  const { cluster, isKept } = await aProtectedImage();
  const silent = {
    ...release,
    spec: { ...release.spec, protection: without(release.spec.protection, 'mode') },
  };
  cluster.put(silent);
  cluster.configure({ mode: 'Tags' });
  await cluster.protect();
  expect(cluster.check(silent, image.manifest.digest)).toMatchObject({ reason: 'Protected' });
  cluster.configure({});
  cluster.misconfigured = 'ArtifactRegistry main is not understood';
  await cluster.pass();
  expect(cluster.check(silent, image.manifest.digest)).toMatchObject({ reason: 'Protected' });
  cluster.misconfigured = undefined;
  await cluster.pass();
  expect(cluster.check(silent, image.manifest.digest)).toMatchObject({ reason: 'NotConfigured' });
  expect(isKept(image.manifest)).toBe(true);
});

describe('a repository that nobody uses', () => {
  it('and that is gone is forgotten a day after the grace period, but not at once: it may only be out of reach', async () => {
    const { cluster, repository } = await aProtectedImage();
    cluster.remove(RELEASE);
    await cluster.pass();
    const kept = new Map(repository.tags);
    repository.tags.clear();
    await cluster.clock.advance(GRACE_MS);
    expect(await cluster.pass()).toBeLessThanOrEqual(600);
    for (const [tag, digest] of kept) repository.tags.set(tag, digest);
    await cluster.pass();
    expect([...repository.tags.keys()].filter((tag) => tag.startsWith('keep.'))).toEqual([]);
  });

  it('and whose registry is gone with it is no longer asked after a day', async () => {
    const { cluster, repository } = await aProtectedImage();
    cluster.remove(RELEASE);
    await cluster.pass();
    repository.tags.clear();
    await cluster.clock.advance(GRACE_MS + 86_400_000);
    expect(await cluster.pass()).toBeUndefined();
    expect(cluster.records.stored.size).toBe(0);
  });

  it('and that no credentials reach any more is told to people', async () => {
    const { cluster, registry } = await aProtectedImage();
    cluster.remove(RELEASE);
    await cluster.pass();
    registry.fault = () => {
      throw new RegistryError('Unauthorized', 'no credentials');
    };
    await cluster.clock.advance(GRACE_MS);
    await cluster.pass();
    expect(cluster.warnings.join()).toMatch(/registry\.example\.com.*no credentials/);
  });
});
