import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../../src/ports/registry-error.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anIndex, aReferrer, content, descriptorOf, MANIFEST } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 * 1024;

/** A model: its weights are large, as their descriptor has it. */
function aModel(name: string, size: number) {
  const config = content('application/vnd.oci.image.config.v1+json', { name });
  const weights = content('application/octet-stream', { weights: name });
  const manifest = content(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(config),
    layers: [{ ...descriptorOf(weights), size }],
  });
  return { config, weights, manifest };
}

const releaseOf = (digest: string) =>
  aRelease({
    spec: { artifact: { repository: REPOSITORY, digest }, protection: { mode: 'Tags' } },
    status: { stable: { digest }, pins: [], history: [] },
  });

async function protectedModel({ size = 100, terms = {} }: { size?: number; terms?: object } = {}) {
  const registry = new MemoryRegistry();
  const model = aModel('model', size);
  const signature = aReferrer(model.manifest, 'signature');
  registry.push(REPOSITORY, { manifest: model.manifest, blobs: [model.config, model.weights] });
  registry.push(REPOSITORY, { manifest: signature.manifest, blobs: [signature.config, signature.layer] });
  registry.push(
    REPOSITORY,
    { manifest: anIndex([signature.manifest]) },
    model.manifest.digest.replace(':', '-'),
  );
  const seldom = { resyncInterval: '2h', rescanInterval: '700h' };
  const cluster = new ProtectedRepository({ registry, terms: { ...seldom, ...terms } });
  const release = releaseOf(model.manifest.digest);
  cluster.put(release);
  await cluster.protect();
  const repository = registry.repository(REPOSITORY);
  const reads = () => registry.calls.filter((call) => call.startsWith('checkBlob '));
  const check = () => cluster.check(release, model.manifest.digest);
  registry.calls.length = 0;
  return { registry, cluster, model, signature, repository, reads, check };
}

/** Passes as often as the keeper asks for them. */
async function passFor(cluster: ProtectedRepository, ms: number): Promise<number> {
  let left = ms;
  let passes = 0;
  while (left > 0) {
    passes += 1;
    const pause = Math.min(left, ((await cluster.pass()) ?? Number.POSITIVE_INFINITY) * 1000);
    await cluster.clock.advance(pause);
    left -= pause;
  }
  return passes;
}

describe('the scrub', () => {
  it('reads everything once a day, and asks for nothing more than the list of tags until then', async () => {
    const { cluster, model, reads, registry } = await protectedModel();
    await passFor(cluster, DAY_MS - 60_000);
    expect(new Set(registry.calls)).toEqual(new Set(['tags']));
    await passFor(cluster, 120_000);
    expect(new Set(reads()).size).toBe(reads().length);
    expect(reads()).toContain(`checkBlob ${model.weights.digest}`);
    expect(reads()).toHaveLength(4);
    expect(cluster.scrubbedBytes).toBeGreaterThan(100);
    expect(cluster.scrubbedBytes).toBeLessThan(5_000);
  });

  it('needs no pass more than a repository that is not scrubbed, but for one a day', async () => {
    const scrubbed = await protectedModel();
    const other = await protectedModel({ terms: { scrub: { interval: '0s' } } });
    const passes = await passFor(scrubbed.cluster, 3 * DAY_MS);
    expect(passes - (await passFor(other.cluster, 3 * DAY_MS))).toBeLessThanOrEqual(3);
    expect(other.reads()).toEqual([]);
  });

  it('goes on after a restart where it was', async () => {
    const { cluster, reads } = await protectedModel();
    await passFor(cluster, DAY_MS + 60_000);
    expect(reads()).toHaveLength(4);
    cluster.restart();
    await passFor(cluster, 12 * HOUR_MS);
    expect(reads()).toHaveLength(4);
  });

  it('reads a blob that is larger than the budget of an hour once that of its size has accrued', async () => {
    const terms = { scrub: { interval: '24h', mebibytesPerHour: 1 } };
    const { cluster, model, reads } = await protectedModel({ size: 5 * MIB, terms });
    await passFor(cluster, DAY_MS + 4 * HOUR_MS);
    expect(reads()).not.toContain(`checkBlob ${model.weights.digest}`);
    await passFor(cluster, 1.5 * HOUR_MS);
    expect(reads().filter((call) => call.endsWith(model.weights.digest))).toHaveLength(1);
  });

  it('never reads more in an hour than the budget and what was saved up in ten minutes', async () => {
    const terms = { scrub: { interval: '1h', mebibytesPerHour: 1 }, resyncInterval: '5m' };
    const { cluster } = await protectedModel({ size: MIB / 8, terms });
    await passFor(cluster, 6 * HOUR_MS);
    expect(cluster.scrubbedBytes).toBeLessThan(7 * MIB);
    expect(cluster.scrubbedBytes).toBeGreaterThan(MIB / 2);
  });

  it('says nothing when the registry cannot be read, and reads on later', async () => {
    const { check, cluster, reads, registry } = await protectedModel();
    registry.fault = (call) => {
      if (call === 'checkBlob') throw new RegistryError('Unavailable', 'down');
    };
    expect(await passFor(cluster, DAY_MS + HOUR_MS)).toBeLessThan(30);
    expect(check()?.reason).toBe('Protected');
    expect(cluster.lost).toEqual([]);
    registry.fault = () => undefined;
    registry.calls.length = 0;
    await passFor(cluster, HOUR_MS);
    expect(new Set(reads()).size).toBe(4);
  });
});

describe('a blob whose bytes have changed', () => {
  async function corrupted() {
    const model = await protectedModel();
    model.repository.blobs.set(model.model.weights.digest, Buffer.from('other bytes'));
    await passFor(model.cluster, DAY_MS + 60_000);
    return model;
  }

  it('is found, and people are told that pushing it again does not help', async () => {
    const { check, cluster, model } = await corrupted();
    expect(check()).toMatchObject({ state: 'Refused', reason: 'DigestCorrupt' });
    expect(check()?.message).toContain(`blob ${model.weights.digest} of`);
    expect(check()?.message).toContain('delete every manifest that refers to it');
    expect(cluster.lost).toEqual(['Corrupt']);
    expect(cluster.mismatches).toBe(1);
  });

  it('stays so until it is right, also over a restart', async () => {
    const { check, cluster } = await corrupted();
    expect(await passFor(cluster, HOUR_MS)).toBeLessThan(20);
    expect(check()?.reason).toBe('DigestCorrupt');
    cluster.restart();
    await passFor(cluster, HOUR_MS);
    expect(check()?.reason).toBe('DigestCorrupt');
  });

  it('is forgotten once it is right again', async () => {
    const { check, cluster, model, repository } = await corrupted();
    repository.blobs.set(model.weights.digest, model.weights.bytes);
    await passFor(cluster, 600_000);
    expect(check()?.reason).toBe('Protected');
    expect([...cluster.records.stored.values()][0]?.record.scrub?.doubtful).toEqual([]);
  });
});

describe('what has gone without its tag', () => {
  it('is put again when it is a manifest', async () => {
    const { check, cluster, repository, signature } = await protectedModel();
    repository.manifests.delete(signature.manifest.digest);
    await passFor(cluster, DAY_MS + 600_000);
    expect(cluster.lost).toEqual(['ManifestMissing']);
    expect(cluster.repaired).toEqual(['Repaired']);
    expect(repository.manifests.has(signature.manifest.digest)).toBe(true);
    expect(check()?.reason).toBe('Protected');
  });

  it('is told when it is a blob that nobody else has, and is safe once it is pushed again', async () => {
    const { check, cluster, model, repository } = await protectedModel();
    repository.blobs.delete(model.weights.digest);
    await passFor(cluster, DAY_MS + 600_000);
    expect(check()).toMatchObject({ state: 'Refused', reason: 'BlobsLost' });
    expect(cluster.lost).toEqual(['BlobMissing']);
    repository.blobs.set(model.weights.digest, model.weights.bytes);
    await passFor(cluster, 900_000);
    expect(check()?.reason).toBe('Protected');
  });
});
