import { expect, it } from 'vitest';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import {
  anImage,
  aReferrer,
  BUNDLE,
  type Content,
  content,
  descriptorOf,
  INDEX,
  MANIFEST,
} from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const MIB = 1024 * 1024;
const image = anImage('checkout');
const discovery = image.manifest.digest.replace(':', '-');

const releaseOf = (digest: string, protection: object = {}, stable = digest) =>
  aRelease({
    spec: { artifact: { repository: REPOSITORY, digest }, protection: { mode: 'Tags', ...protection } },
    status: { stable: { digest: stable }, pins: [], history: [] },
  });

/** A list as registries keep it, which says of each artifact what it is. */
const aListOf = (manifests: readonly Content[], artifactType: string): Content =>
  content(INDEX, {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: manifests.map((one) => ({ ...descriptorOf(one), artifactType })),
  });

function anImageIn(registry: MemoryRegistry): ProtectedRepository {
  registry.push(REPOSITORY, { manifest: image.manifest, blobs: [image.config] }, '1.42.0');
  return new ProtectedRepository({ registry });
}

it('artifacts of kinds that nobody wants are no reason to refuse a digest, however many they are', async () => {
  const registry = new MemoryRegistry();
  const cluster = anImageIn(registry);
  const many = Array.from({ length: 600 }, (_, at) => aReferrer(image.manifest, `spam ${at}`));
  for (const { config, layer, manifest } of many)
    registry.push(REPOSITORY, { manifest, blobs: [config, layer] });
  const all = many.map(({ manifest }) => manifest);
  registry.push(REPOSITORY, { manifest: aListOf(all, BUNDLE) }, discovery);
  const release = releaseOf(image.manifest.digest, { artifactTypes: ['application/spdx+json'] });
  cluster.put(release);
  await cluster.protect();
  expect(cluster.check(release, image.manifest.digest)).toMatchObject({ reason: 'Protected', members: 1 });
  expect(registry.calls.length).toBeLessThan(30);
});

it('manifests that would fill the memory are refused, though they are few', async () => {
  const registry = new MemoryRegistry();
  const cluster = anImageIn(registry);
  const large = Array.from({ length: 9 }, (_, at) =>
    content(MANIFEST, {
      ...{ schemaVersion: 2, mediaType: MANIFEST, artifactType: BUNDLE, layers: [] },
      ...{ config: descriptorOf(image.config), subject: descriptorOf(image.manifest) },
      annotations: { padding: String(at).padEnd(MIB) },
    }),
  );
  for (const manifest of large) registry.push(REPOSITORY, { manifest });
  registry.push(REPOSITORY, { manifest: aListOf(large, BUNDLE) }, discovery);
  const release = releaseOf(image.manifest.digest);
  cluster.put(release);
  await cluster.pass();
  expect(cluster.check(release, image.manifest.digest)).toMatchObject({
    ...{ state: 'Refused', reason: 'ClosureTooLarge' },
    message: expect.stringContaining('manifests of more than 8 MiB together'),
  });
});

it('layers that a registry need not have are not missed', async () => {
  const registry = new MemoryRegistry();
  const cluster = anImageIn(registry);
  const layer = content('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', { windows: true });
  const windows = content(MANIFEST, {
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    ...{ config: descriptorOf(image.config), layers: [descriptorOf(layer)] },
  });
  registry.push(REPOSITORY, { manifest: windows }, 'windows');
  const release = releaseOf(windows.digest);
  cluster.put(release);
  await cluster.protect();
  expect(cluster.check(release, windows.digest)).toMatchObject({ reason: 'Protected' });
});

it('a repository of too many tags is told as such, and takes nothing from what was protected before', async () => {
  const registry = new MemoryRegistry();
  const cluster = anImageIn(registry);
  const stable = image.manifest.digest;
  const added = anImage('added');
  cluster.put(releaseOf(stable));
  await cluster.protect();
  registry.push(REPOSITORY, { manifest: added.manifest, blobs: [added.config] });
  registry.fault = (call) => {
    if (call === 'tags') throw new RegistryError('TooLarge', 'it has more than 50000 tags');
  };
  const release = releaseOf(added.manifest.digest, {}, stable);
  cluster.put(release);
  await cluster.clock.advance(600_000);
  await cluster.pass();
  expect(cluster.check(release, stable)).toMatchObject({ reason: 'Protected' });
  expect(cluster.check(release, added.manifest.digest)).toMatchObject({
    ...{ state: 'Unknown', reason: 'TooManyTags' },
    message: expect.stringMatching(/more than 50000 tags; .*delete/),
  });
});
