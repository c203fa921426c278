import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readClusterUid } from '../../src/adapters/kubernetes/cluster-identity.ts';
import { KubeProtectionRecords } from '../../src/adapters/kubernetes/protection-records.ts';
import { UnreadableRecordError } from '../../src/ports/protection-records.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';
import { kubectl } from '../support/kubectl.ts';
import { content, MANIFEST } from '../support/oci-content.ts';
import { aKeptRecord, aRecord } from '../support/protection-records.ts';

const never = new AbortController().signal;
const REPOSITORY = 'registry.example.com/shop/web';

let cluster: ClusterClient;

beforeAll(async () => {
  cluster = await sharedCluster();
});

const told: string[] = [];
const recordsOf = (owner: string, namespace: string) =>
  new KubeProtectionRecords(cluster.api, namespace, owner, (name, problem) =>
    told.push(`${name}: ${problem}`),
  );

describe('the record of a repository', () => {
  it('is stored, replaced as a whole, and removed', async () => {
    const records = recordsOf('0a1b2c3d', await testNamespace(cluster));
    const kept = aKeptRecord(REPOSITORY);
    await records.save(kept, never);
    const [found] = (await records.list(never)).kept;
    expect(found?.record).toEqual(kept.record);
    expect([...(found?.manifests.keys() ?? [])].sort()).toEqual([...kept.manifests.keys()].sort());

    const empty = { record: aRecord(REPOSITORY), manifests: new Map() };
    await records.save(empty, never);
    expect(await records.list(never)).toEqual({ kept: [empty], isWhole: true });

    await records.remove(REPOSITORY, never);
    expect(await records.list(never)).toEqual({ kept: [], isWhole: true });
    expect(told).toEqual([]);
  });

  it('is taken back from whoever changed it', async () => {
    const namespace = await testNamespace(cluster);
    const records = recordsOf('0a1b2c3d', namespace);
    const kept = { record: aRecord(REPOSITORY), manifests: new Map() };
    await records.save(kept, never);
    const edit = JSON.stringify({ data: { 'record.json': '{}' } });
    const selector = 'artifactrelease.dev/protection=record';
    const name = await kubectl('get', 'cm', '-n', namespace, '-l', selector, '-o', 'name');
    await kubectl('patch', name.trim(), '-n', namespace, '--type=merge', '-p', edit);
    expect(await records.list(never)).toEqual({ kept: [], isWhole: false });
    await expect(records.read(REPOSITORY, never)).rejects.toThrow(UnreadableRecordError);
    expect(told.splice(0)).toEqual([expect.stringContaining('record.json')]);

    await records.save(kept, never);
    expect(await records.list(never)).toEqual({ kept: [kept], isWhole: true });
    expect(await records.read(REPOSITORY, never)).toEqual(kept);
  });

  it('is nobody else’s', async () => {
    const namespace = await testNamespace(cluster);
    await recordsOf('0a1b2c3d', namespace).save(aKeptRecord(REPOSITORY), never);
    const other = recordsOf('0a1b2c3e', namespace);
    expect(await other.list(never)).toEqual({ kept: [], isWhole: true });
    await other.remove(REPOSITORY, never);
    expect((await recordsOf('0a1b2c3d', namespace).list(never)).kept).toHaveLength(1);
  });

  it('is taken by the API server at its largest, and there may be more than a page of them', async () => {
    const records = recordsOf('0a1b2c3d', await testNamespace(cluster));
    const large = Array.from({ length: 20 }, (_, n) => content(MANIFEST, randomBytes(50 * 1024 + n)));
    await records.save(aKeptRecord(REPOSITORY, large), never);
    for (let number = 0; number < 24; number += 1)
      await records.save({ record: aRecord(`${REPOSITORY}-${number}`), manifests: new Map() }, never);
    const { kept: found } = await records.list(never);
    expect(found).toHaveLength(25);
    const { manifests } = found.find(({ record }) => record.repository === REPOSITORY) ?? {};
    expect(manifests?.size).toBeGreaterThan(15);
  });
});

it('a cluster is told from others by its UID', async () => {
  const { metadata } = JSON.parse(await kubectl('get', 'namespace', 'kube-system', '-o', 'json'));
  expect(await readClusterUid(cluster.api)).toBe(metadata.uid);
});
