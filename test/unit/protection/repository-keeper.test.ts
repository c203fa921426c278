import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage, anIndex, aReferrer, type Content } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, iso, REPOSITORY } from '../../support/releases.ts';

const OWNER = 'aaaa1111';
const TAGS = { protection: { mode: 'Tags' } };

const image = anImage('checkout');
const arm = anImage('checkout for arm64');
const index = anIndex([image.manifest, arm.manifest]);
const signature = aReferrer(index, 'signature');
const sbom = aReferrer(image.manifest, 'sbom');
const ofSbom = aReferrer(sbom.manifest, 'signature of the sbom');
const discovery = ({ digest }: Content): string => digest.replace(':', '-');

/** An index of two platforms, with a signature, a bill of materials of one, and a signature of that; by referrers tags. */
function pushed(registry = new MemoryRegistry()): MemoryRegistry {
  registry.push(REPOSITORY, { manifest: image.manifest, blobs: [image.config] });
  registry.push(REPOSITORY, { manifest: arm.manifest, blobs: [arm.config] });
  registry.push(REPOSITORY, { manifest: index }, '1.42.0');
  for (const [subject, { config, layer, manifest }] of [
    [index, signature],
    [image.manifest, sbom],
    [sbom.manifest, ofSbom],
  ] as const) {
    registry.push(REPOSITORY, { manifest, blobs: [config, layer] });
    registry.push(REPOSITORY, { manifest: anIndex([manifest]) }, discovery(subject));
  }
  return registry;
}

const EVERYTHING = [index, image.manifest, arm.manifest, signature.manifest, sbom.manifest, ofSbom.manifest];

const releaseOf = (digest: string, changes: object = {}) =>
  aRelease({
    spec: { artifact: { repository: REPOSITORY, digest }, ...TAGS, ...changes },
    status: { stable: { digest }, pins: [], history: [] },
  });

const release = releaseOf(index.digest);

async function protectedIndex(terms: object = {}) {
  const registry = pushed();
  const cluster = new ProtectedRepository({ registry, terms });
  cluster.put(release);
  await cluster.protect();
  const repository = registry.repository(REPOSITORY);
  return { registry, cluster, repository };
}

describe('what a release needs', () => {
  it('has a keep tag on every manifest, once it is read back a minute later', async () => {
    const registry = pushed();
    const cluster = new ProtectedRepository({ registry });
    cluster.put(release);
    await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({
      state: 'Unknown',
      reason: 'ProtectionPending',
    });
    const { tags } = registry.repository(REPOSITORY);
    for (const { digest } of EVERYTHING) expect(tags.get(keepTag(OWNER, digest))).toBe(digest);
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({
      state: 'Satisfied',
      reason: 'Protected',
      members: 9,
    });
    expect(cluster.woken).toContain('shop/checkout');
  });

  it('survives a collection after retention has removed every other tag', async () => {
    const { cluster, registry, repository } = await protectedIndex();
    for (const tag of repository.tags.keys()) if (!tag.startsWith('keep.')) repository.tags.delete(tag);
    await cluster.clock.advance(600_000);
    await cluster.pass();
    registry.collect(REPOSITORY);
    for (const { digest } of EVERYTHING) expect(repository.manifests.has(digest)).toBe(true);
    expect(repository.tags.has(discovery(index))).toBe(true);
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
  });

  it('costs one request when nothing has changed', async () => {
    const { cluster, registry } = await protectedIndex();
    registry.calls.length = 0;
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(registry.calls).toEqual(['tags']);
  });

  it('costs at most 60 requests the first time', async () => {
    const { registry } = await protectedIndex();
    expect(registry.calls.length).toBeLessThanOrEqual(60);
  });

  it('includes a signature that is attached later', async () => {
    const { cluster, registry, repository } = await protectedIndex();
    const late = aReferrer(arm.manifest, 'late');
    registry.push(REPOSITORY, { manifest: late.manifest, blobs: [late.config, late.layer] });
    registry.push(REPOSITORY, { manifest: anIndex([late.manifest]) }, discovery(arm.manifest));
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(repository.tags.has(keepTag(OWNER, late.manifest.digest))).toBe(true);
    expect(cluster.check(release, index.digest)).toMatchObject({ reason: 'Protected', members: 11 });
    expect(cluster.lost).toEqual([]);
  });
});

describe('what nobody needs any more', () => {
  it('is given up after the grace period, and not before', async () => {
    const { cluster, registry, repository } = await protectedIndex();
    cluster.remove('shop/checkout');
    await cluster.pass();
    await cluster.clock.advance(3_590_000);
    await cluster.pass();
    expect(repository.tags.has(keepTag(OWNER, index.digest))).toBe(true);
    await cluster.clock.advance(11_000);
    expect(await cluster.pass()).toBeUndefined();
    expect([...repository.tags.keys()].filter((tag) => /^(keep|lease)\./.test(tag))).toEqual([]);
    expect(cluster.records.stored.size).toBe(0);
    repository.tags.clear();
    registry.collect(REPOSITORY);
    expect(repository.manifests.size).toBe(0);
  });

  it('is given up after a restart as well', async () => {
    const { cluster, repository } = await protectedIndex();
    cluster.remove('shop/checkout');
    await cluster.pass();
    cluster.restart();
    await cluster.clock.advance(3_601_000);
    await cluster.pass();
    expect([...repository.tags.keys()].filter((tag) => tag.startsWith('keep.'))).toEqual([]);
  });

  it('leaves the tags of another owner alone', async () => {
    const { cluster, registry, repository } = await protectedIndex();
    const other = new ProtectedRepository({ owner: 'bbbb2222', registry, clock: cluster.clock });
    other.put(release);
    await other.protect();
    other.remove('shop/checkout');
    await other.pass();
    await other.clock.advance(3_601_000);
    await other.pass();
    expect([...repository.tags.keys()].filter((tag) => tag.startsWith('keep.bbbb2222'))).toEqual([]);
    for (const { digest } of EVERYTHING) expect(repository.tags.has(keepTag(OWNER, digest))).toBe(true);
  });

  it('points at a tombstone where the registry does not delete tags, and is left alone then', async () => {
    const { cluster, registry, repository } = await protectedIndex();
    registry.tagDelete = false;
    cluster.put(releaseOf(anImage('another').manifest.digest, { protection: { mode: 'None' } }));
    await cluster.pass();
    await cluster.clock.advance(3_601_000);
    await cluster.pass();
    expect(repository.tags.has(keepTag(OWNER, index.digest))).toBe(false);
  });

  it('stays while a release is not understood', async () => {
    const { cluster, repository } = await protectedIndex();
    const stored = cluster.releases.get('shop/checkout');
    if (!stored) throw new Error('no release');
    cluster.releases.set('shop/checkout', {
      identity: stored.identity,
      deleting: false,
      valid: false,
      problem: 'spec.artifact: wrong',
      status: undefined,
    });
    await cluster.pass();
    await cluster.clock.advance(7_200_000);
    await cluster.pass();
    expect(repository.tags.has(keepTag(OWNER, index.digest))).toBe(true);
    expect(cluster.warnings.join()).toContain('shop/checkout is not understood');
  });

  it('stays when the release is deleted with the policy Orphan', async () => {
    const { cluster, repository } = await protectedIndex();
    const going = releaseOf(index.digest, { protection: { mode: 'Tags', deletionPolicy: 'Orphan' } });
    const deleted = { ...going, metadata: { ...going.metadata, deletionTimestamp: iso() } };
    cluster.put(deleted);
    expect(cluster.service().protection(deleted).state.orphaned).toBe(false);
    await cluster.pass();
    expect(cluster.service().protection(deleted).state.orphaned).toBe(true);
    cluster.remove('shop/checkout');
    cluster.restart();
    await cluster.pass();
    await cluster.clock.advance(7_200_000);
    await cluster.pass();
    for (const { digest } of EVERYTHING) expect(repository.tags.has(keepTag(OWNER, digest))).toBe(true);
  });
});

describe('what goes wrong', () => {
  it('is put right when an administrator deletes a digest with all its tags', async () => {
    const { cluster, repository } = await protectedIndex();
    repository.manifests.delete(index.digest);
    for (const [tag, digest] of repository.tags) if (digest === index.digest) repository.tags.delete(tag);
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({
      state: 'Unknown',
      reason: 'ProtectionLost',
    });
    expect(cluster.lost).toEqual(['TagMissing']);
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
    expect(repository.manifests.has(index.digest)).toBe(true);
  });

  it('is put right after a restart too, from what is on record', async () => {
    const { cluster, repository } = await protectedIndex();
    cluster.restart();
    repository.manifests.delete(arm.manifest.digest);
    repository.tags.delete(keepTag(OWNER, arm.manifest.digest));
    await cluster.pass();
    expect(repository.tags.get(keepTag(OWNER, arm.manifest.digest))).toBe(arm.manifest.digest);
  });

  it('is told when a collection that ran has taken what was tagged meanwhile', async () => {
    const registry = pushed();
    const cluster = new ProtectedRepository({ registry });
    cluster.put(release);
    await cluster.pass();
    const { blobs, manifests } = registry.repository(REPOSITORY);
    manifests.clear();
    blobs.clear();
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({ state: 'Refused', reason: 'BlobsLost' });
    pushed(registry);
    await cluster.clock.advance(300_000);
    await cluster.protect();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
  });

  it.each([
    ['NotFound', 'Refused', 'DigestNotFound'],
    ['Unauthorized', 'Unknown', 'RegistryUnauthorized'],
    ['Forbidden', 'Refused', 'RegistryForbidden'],
    ['ReadOnly', 'Unknown', 'RegistryReadOnly'],
    ['Unavailable', 'Unknown', 'RegistryUnavailable'],
    ['TooLarge', 'Refused', 'ManifestTooLarge'],
    ['Unsupported', 'Refused', 'RegistryUnsupported'],
  ] as const)('is told as it is: %s', async (reason, state, told) => {
    const registry = pushed();
    const cluster = new ProtectedRepository({ registry });
    cluster.put(release);
    const failing = reason === 'NotFound' || reason === 'TooLarge' ? 'manifest' : 'put';
    registry.fault = (call) => {
      if (call === failing) throw new RegistryError(reason, 'no');
    };
    const pause = await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({ state, reason: told });
    expect(pause).toBeLessThanOrEqual(10);
    registry.fault = () => undefined;
    await cluster.clock.advance(300_000);
    await cluster.protect();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
  });

  it('is tried again at once when the platform says something else of the registry', async () => {
    const registry = pushed();
    const cluster = new ProtectedRepository({ registry });
    cluster.put(release);
    registry.readOnly = true;
    await cluster.pass();
    registry.readOnly = false;
    cluster.service().reconfigured(REPOSITORY);
    await cluster.protect();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
  });

  it('says nothing about what was read back before when the registry is down', async () => {
    const { cluster, registry } = await protectedIndex();
    registry.fault = () => {
      throw new RegistryError('Unavailable', 'down');
    };
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
  });

  it('bounds a closure that somebody has blown up', async () => {
    const registry = pushed();
    const many = Array.from({ length: 600 }, (_, at) => aReferrer(image.manifest, `spam ${at}`));
    for (const { config, layer, manifest } of many)
      registry.push(REPOSITORY, { manifest, blobs: [config, layer] });
    registry.push(
      REPOSITORY,
      { manifest: anIndex(many.map(({ manifest }) => manifest)) },
      discovery(image.manifest),
    );
    const cluster = new ProtectedRepository({ registry });
    cluster.put(release);
    await cluster.pass();
    expect(cluster.check(release, index.digest)).toMatchObject({
      state: 'Refused',
      reason: 'ClosureTooLarge',
    });
    expect(registry.calls.length).toBeLessThan(1_200);
  });
});
