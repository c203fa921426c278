import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { anImage } from '../../support/oci-content.ts';
import { never } from '../../support/oci-registry-client.ts';
import { ProtectedRepository } from '../../support/protected-repository.ts';
import { aRelease, REPOSITORY } from '../../support/releases.ts';

const OLD = 'aaaa1111';
const NEW = 'bbbb2222';
const HOURS_MS = 3_600_000;
const [orphan, current, next] = [anImage('orphan'), anImage('current'), anImage('next')];

const needing = (name: string, digest: string, deleted = false) =>
  aRelease({
    metadata: {
      ...{ name, namespace: 'shop' },
      ...(deleted && { deletionTimestamp: '2026-11-24T12:00:00Z' }),
    },
    spec: {
      artifact: { repository: REPOSITORY, digest },
      protection: { mode: 'Tags', deletionPolicy: 'Orphan' },
    },
    status: { stable: { digest }, pins: [], history: [] },
  });

/** One release is gone, and its tag is to stay; another one is there. */
async function withOrphan() {
  const registry = new MemoryRegistry();
  for (const { config, manifest } of [orphan, current, next])
    registry.push(REPOSITORY, { manifest, blobs: [config] });
  const cluster = new ProtectedRepository({ registry });
  cluster.put(needing('going', orphan.manifest.digest));
  cluster.put(needing('current', current.manifest.digest));
  await cluster.protect();
  cluster.put(needing('going', orphan.manifest.digest, true));
  await cluster.pass();
  cluster.remove('shop/going');
  const { tags } = registry.repository(REPOSITORY);
  const isKept = ({ manifest }: typeof orphan, owner = OLD) => tags.has(keepTag(owner, manifest.digest));
  return { cluster, isKept };
}

async function forDays(cluster: ProtectedRepository, days: number): Promise<void> {
  for (let pass = 0; pass < days * 4; pass += 1) {
    await cluster.pass();
    await cluster.clock.advance(6 * HOURS_MS);
  }
}

describe('an operator that has another name', () => {
  it('keeps what its old name has orphaned, and gives up the rest of the old tags', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.rename(NEW);
    await forDays(cluster, 4);
    expect(isKept(orphan)).toBe(true);
    expect(isKept(current, NEW)).toBe(true);
    expect(isKept(current)).toBe(false);
    expect(cluster.lost).toEqual([]);
    expect(cluster.staleOwnerTags).toBe(0);
  });

  it('takes the old record over, and goes by its own from then on', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.rename(NEW);
    await cluster.pass();
    expect(cluster.recordsOf(OLD).stored.size).toBe(0);
    expect(cluster.records.stored.get(REPOSITORY)?.record.orphans).toEqual([orphan.manifest.digest]);
    cluster.restart();
    await forDays(cluster, 4);
    expect(isKept(orphan)).toBe(true);
  });

  it('gives up the tags of a repository that the old record alone knows', async () => {
    const registry = new MemoryRegistry();
    registry.push(REPOSITORY, { manifest: current.manifest, blobs: [current.config] });
    const cluster = new ProtectedRepository({ registry });
    cluster.put(needing('current', current.manifest.digest));
    await cluster.protect();
    cluster.remove('shop/current');
    cluster.rename(NEW);
    await forDays(cluster, 2);
    expect([...registry.repository(REPOSITORY).tags.keys()].filter((tag) => tag.startsWith('keep'))).toEqual(
      [],
    );
    expect(cluster.recordsOf(OLD).stored.size).toBe(0);
    expect(cluster.records.stored.size).toBe(0);
  });

  it('gives up nothing while the old record is not understood', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.recordsOf(OLD).unreadable.add(REPOSITORY);
    cluster.rename(NEW);
    await forDays(cluster, 4);
    expect([isKept(orphan), isKept(current), isKept(current, NEW)]).toEqual([true, true, true]);
    expect(cluster.recordsOf(OLD).stored.size).toBe(1);
  });
});

describe('a record that is not understood', () => {
  it('is not replaced, and nothing is given up, which is told; what is needed is protected all the same', async () => {
    const { cluster, isKept } = await withOrphan();
    const stored = cluster.records.stored.get(REPOSITORY);
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    const release = needing('current', next.manifest.digest);
    cluster.put(release);
    await forDays(cluster, 4);
    expect([isKept(orphan), isKept(current), isKept(next)]).toEqual([true, true, true]);
    expect(cluster.check(release, next.manifest.digest)?.reason).toBe('Protected');
    expect(cluster.service().protection(release).state.problems).toMatchObject([
      { reason: 'ReleaseBlocked', message: expect.stringContaining(`ConfigMap of ${REPOSITORY}`) },
    ]);
    expect(cluster.warnings.join()).toContain(`ConfigMap of ${REPOSITORY}`);
    expect(cluster.sweepBlocks).toContain('Incomplete');
    expect(cluster.records.stored.get(REPOSITORY)).toBe(stored);
  });

  it('stays when nobody needs anything of its repository', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    await cluster.pass();
    cluster.remove('shop/current');
    await forDays(cluster, 4);
    expect([isKept(orphan), isKept(current)]).toEqual([true, true]);
    expect(cluster.records.stored.size).toBe(1);
  });

  it('stays when its repository has nothing any more that is known', async () => {
    const { cluster } = await withOrphan();
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    cluster.put(needing('current', anImage('not pushed yet').manifest.digest));
    await cluster.pass();
    cluster.remove('shop/current');
    if (cluster.registry instanceof MemoryRegistry) cluster.registry.repository(REPOSITORY).tags.clear();
    await forDays(cluster, 1);
    expect(cluster.records.stored.size).toBe(1);
  });

  it('lets no release go whose tags are to stay: that could not be put on record', async () => {
    const { cluster } = await withOrphan();
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    const going = needing('current', current.manifest.digest, true);
    cluster.put(going);
    await cluster.protect();
    expect(cluster.service().protection(going).state.orphaned).toBe(false);
    cluster.records.unreadable.clear();
    await cluster.pass();
    expect(cluster.service().protection(going).state.orphaned).toBe(true);
  });

  it('joins what was learned without it once it is understood', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    const release = needing('current', next.manifest.digest);
    cluster.put(release);
    await cluster.protect();
    cluster.records.unreadable.clear();
    await forDays(cluster, 4);
    expect([isKept(orphan), isKept(current), isKept(next)]).toEqual([true, false, true]);
    expect(cluster.service().protection(release).state.problems).toEqual([]);
    expect(cluster.records.stored.get(REPOSITORY)?.record.orphans).toEqual([orphan.manifest.digest]);
  });

  it('is begun anew once a person has deleted it', async () => {
    const { cluster, isKept } = await withOrphan();
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    await cluster.protect();
    cluster.records.unreadable.clear();
    cluster.records.stored.clear();
    await forDays(cluster, 5);
    expect([isKept(orphan), isKept(current)]).toEqual([false, true]);
    expect(cluster.records.stored.size).toBe(1);
  });

  it('of a repository that no release names is looked for again', async () => {
    const { cluster } = await withOrphan();
    cluster.remove('shop/current');
    cluster.records.unreadable.add(REPOSITORY);
    cluster.restart();
    expect(await cluster.service().reconcile('', never)).toEqual({ requeueAfterMs: 600_000 });
    cluster.records.unreadable.clear();
    expect(await cluster.service().reconcile('', never)).toEqual({});
    await forDays(cluster, 2);
    expect(cluster.records.stored.get(REPOSITORY)?.record.roots).toEqual([]);
  });
});
