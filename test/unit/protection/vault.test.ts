import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { parseRepository } from '../../../src/domain/repository-name.ts';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage, anIndex } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const { path, registry: host } = parseRepository(REPOSITORY);
const VAULT = `${host}/vault/${path}`;
const image = anImage('checkout');
const index = anIndex([image.manifest]);

const release = aRelease({
  spec: { artifact: { repository: REPOSITORY, digest: index.digest }, protection: { mode: 'Tags' } },
  status: { stable: { digest: index.digest }, pins: [], history: [] },
});

async function vaulted() {
  const registry = new MemoryRegistry();
  registry.push(REPOSITORY, { manifest: image.manifest, blobs: [image.config] });
  registry.push(REPOSITORY, { manifest: index }, '1.42.0');
  const cluster = new ProtectedRepository({ registry, terms: { vault: 'vault', release: 'DeleteTag' } });
  cluster.put(release);
  await cluster.protect();
  return { cluster, registry, main: registry.repository(REPOSITORY), vault: registry.repository(VAULT) };
}

const keepTags = (tags: ReadonlyMap<string, string>) => [...tags.keys()].filter((tag) => /^keep/.test(tag));

describe('the vault', () => {
  it('has a second copy of what is confirmed, mounted and not copied', async () => {
    const { cluster, registry, vault } = await vaulted();
    for (const { digest } of [image.manifest, index])
      expect(vault.tags.get(keepTag('aaaa1111', digest))).toBe(digest);
    expect(vault.blobs.has(image.config.digest)).toBe(true);
    expect(registry.calls.some((call) => call.startsWith('copyBlob'))).toBe(false);
    expect(cluster.vaulted).toEqual(['Copied']);
  });

  it('costs one request more when nothing has changed', async () => {
    const { cluster, registry } = await vaulted();
    await cluster.clock.advance(60_000);
    await cluster.pass();
    registry.calls.length = 0;
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(registry.calls).toEqual(['tags', 'tags']);
  });

  it('brings back what is wiped from the repository', async () => {
    const { cluster, main } = await vaulted();
    for (const part of [main.tags, main.manifests, main.blobs]) part.clear();
    await cluster.clock.advance(600_000);
    await cluster.protect();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
    expect(main.blobs.has(image.config.digest)).toBe(true);
  });

  it('is filled again when it loses something, also under a tag that leads nowhere', async () => {
    const { cluster, vault } = await vaulted();
    vault.manifests.clear();
    await cluster.clock.advance(60_000);
    await cluster.pass();
    expect(vault.manifests.size).toBe(2);
  });

  it('makes nothing less safe when it fails: people are warned', async () => {
    const { cluster, registry, vault } = await vaulted();
    vault.tags.clear();
    vault.blobs.clear();
    registry.fault = (call) => {
      if (call === 'mountBlob') throw new RegistryError('Forbidden', 'no');
    };
    vault.manifests.clear();
    await cluster.clock.advance(600_000);
    await cluster.pass();
    expect(cluster.check(release, index.digest)?.reason).toBe('Protected');
    expect(cluster.vaulted).toEqual(['Copied', 'Failed']);
    expect(cluster.warnings.join()).toContain(VAULT);
  });

  it('is emptied of what nothing needs any more, a grace period later than the repository, and leaves the rest', async () => {
    const { cluster, vault } = await vaulted();
    vault.tags.set(keepTag('bbbb2222', index.digest), index.digest);
    cluster.remove('shop/checkout');
    await cluster.pass();
    await cluster.clock.advance(3_601_000);
    expect(await cluster.pass()).toBeDefined();
    expect(keepTags(vault.tags)).toHaveLength(3);
    cluster.restart();
    await cluster.clock.advance(3_601_000);
    expect(await cluster.pass()).toBeUndefined();
    expect(keepTags(vault.tags)).toEqual([keepTag('bbbb2222', index.digest)]);
    expect(cluster.records.stored.size).toBe(0);
  });
});
