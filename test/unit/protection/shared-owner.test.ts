import { expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage } from '../../support/oci-content.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const OWNER = 'aaaa1111';
const HALF_AN_HOUR_MS = 1_800_000;
const images = [anImage('before'), anImage('of the one'), anImage('of the other')] as const;
const [before, ofOne, ofOther] = images;

const needing = (...digests: readonly string[]) =>
  digests.map((digest, at) =>
    aRelease({
      metadata: { name: `release-${at}`, namespace: 'shop' },
      spec: { artifact: { repository: REPOSITORY, digest }, protection: { mode: 'Tags' } },
      status: { stable: { digest }, pins: [], history: [] },
    }),
  );

/** Two operators of one owner: the second cluster is a copy of the first, which has gone on since. */
async function aCopy() {
  const registry = new MemoryRegistry();
  for (const { config, manifest } of images) registry.push(REPOSITORY, { manifest, blobs: [config] });
  const one = new ProtectedRepository({ registry });
  for (const release of needing(before.manifest.digest)) one.put(release);
  await one.protect();
  const other = new ProtectedRepository({ registry, clock: one.clock });
  for (const [name, kept] of one.records.stored) other.records.stored.set(name, kept);
  for (const release of needing(before.manifest.digest, ofOther.manifest.digest)) other.put(release);
  for (const release of needing(before.manifest.digest, ofOne.manifest.digest)) one.put(release);
  const { tags } = registry.repository(REPOSITORY);
  const isKept = ({ manifest }: (typeof images)[number]) => tags.has(keepTag(OWNER, manifest.digest));
  return { isKept, one, other };
}

it('what a copy of the cluster needs is not given up, nor what the first one needs, and people are told', async () => {
  const { isKept, one, other } = await aCopy();
  for (let pass = 0; pass < 200; pass += 1) {
    await one.pass();
    await one.clock.advance(1_000);
    await other.pass();
    if (pass > 0) expect(images.map(isKept)).toEqual([true, true, true]);
    await one.clock.advance(HALF_AN_HOUR_MS);
  }
  for (const cluster of [one, other]) {
    const [release] = needing(before.manifest.digest);
    if (!release) throw new Error('no release');
    expect(cluster.service().protection(release).state.problems).toMatchObject([
      {
        reason: 'ReleaseBlocked',
        message: expect.stringMatching(/lease.aaaa1111 was put by somebody else: .*clusterId/),
      },
    ]);
  }
});

it('what is not needed is given up two days after the other one has gone', async () => {
  const { isKept, one, other } = await aCopy();
  for (let pass = 0; pass < 20; pass += 1) {
    await one.pass();
    await one.clock.advance(1_000);
    await other.pass();
    await one.clock.advance(HALF_AN_HOUR_MS);
  }
  for (let pass = 0; pass < 140; pass += 1) {
    await one.pass();
    await one.clock.advance(HALF_AN_HOUR_MS);
  }
  expect([before, ofOne].map(isKept)).toEqual([true, true]);
  expect(isKept(ofOther)).toBe(false);
});

it('an operator that has lost its records takes its own lease for that of another, and gives up two days later', async () => {
  const registry = new MemoryRegistry();
  registry.push(REPOSITORY, { manifest: before.manifest, blobs: [before.config] });
  const cluster = new ProtectedRepository({ registry });
  for (const release of needing(before.manifest.digest, ofOne.manifest.digest)) cluster.put(release);
  registry.push(REPOSITORY, { manifest: ofOne.manifest, blobs: [ofOne.config] });
  await cluster.protect();
  cluster.records.stored.clear();
  cluster.restart();
  cluster.remove('shop/release-1');
  const { tags } = registry.repository(REPOSITORY);
  for (const hours of [0, 27, 20]) {
    await cluster.clock.advance(hours * 3_600_000);
    await cluster.pass();
    expect(tags.has(keepTag(OWNER, ofOne.manifest.digest))).toBe(true);
  }
  await cluster.clock.advance(2 * 3_600_000);
  await cluster.pass();
  expect(tags.has(keepTag(OWNER, ofOne.manifest.digest))).toBe(false);
  expect(tags.has(keepTag(OWNER, before.manifest.digest))).toBe(true);
});
