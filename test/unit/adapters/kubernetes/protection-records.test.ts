import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KubeProtectionRecords } from '../../../../src/adapters/kubernetes/protection-records.ts';
import { type KeptRecord, UnreadableRecordError } from '../../../../src/ports/protection-records.ts';
import { aClient } from '../../../support/api-client.ts';
import { anImage, content, MANIFEST } from '../../../support/oci-content.ts';
import { aKeptRecord } from '../../../support/protection-records.ts';
import { type Answer, failure, inTurn, json } from '../../../support/scripted-api-server.ts';

const never = new AbortController().signal;
const OWNER = '0a1b2c3d';
const REPOSITORY = 'registry.example.com/shop/web';
const COLLECTION = '/api/v1/namespaces/system/configmaps';

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly labels: object; readonly annotations: object };
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

async function someRecords(answer: Answer) {
  const { server, client } = await aClient(answer);
  const unreadable: string[] = [];
  const records = new KubeProtectionRecords(client, 'system', OWNER, (name, problem) =>
    unreadable.push(`${name}: ${problem}`),
  );
  return { server, records, unreadable };
}

/** The ConfigMap that a record is written as. */
async function written(kept: KeptRecord): Promise<ConfigMap> {
  const { server, records } = await someRecords(json({}));
  await records.save(kept, never);
  return JSON.parse(server.requests[0]?.body ?? '');
}

const listing = (...items: readonly unknown[]): Answer => json({ metadata: {}, items });

async function readBack(...items: readonly unknown[]) {
  const { records, unreadable } = await someRecords(listing(...items));
  const { kept: found, isWhole } = await records.list(never);
  expect(isWhole).toBe(found.length === items.length);
  return { found, unreadable };
}

const bytesOf = ({ data, binaryData = {} }: ConfigMap): number =>
  Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0) +
  Object.values(binaryData).reduce((sum, text) => sum + Buffer.from(text, 'base64').byteLength, 0);

/** A manifest of so many bytes that do not compress. */
const aManifestOf = (size: number) => content(MANIFEST, randomBytes(size));

describe('the record of a repository', () => {
  it('is read as it was written, with its manifests', async () => {
    const kept = aKeptRecord(REPOSITORY);
    const { found, unreadable } = await readBack(await written(kept));
    expect(found.map(({ record }) => record)).toEqual([kept.record]);
    expect([...(found[0]?.manifests ?? [])].map(([digest, bytes]) => [digest, Buffer.from(bytes)])).toEqual(
      expect.arrayContaining([...kept.manifests]),
    );
    expect(found[0]?.manifests.size).toBe(3);
    expect(unreadable).toEqual([]);
  });

  it('needs no manifests', async () => {
    const kept = aKeptRecord(REPOSITORY, []);
    expect(await readBack(await written(kept))).toEqual({ found: [kept], unreadable: [] });
  });

  it('is one ConfigMap of its owner, which names the repository for people', async () => {
    const { server, records } = await someRecords(json({}));
    await records.save(aKeptRecord(REPOSITORY), never);
    const [request] = server.requests;
    const name = 'artifactrelease-protection-0a1b2c3d-252ab1dac2659f8c';
    expect(request).toMatchObject({ method: 'PATCH', path: `${COLLECTION}/${name}` });
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      fieldManager: 'artifactrelease',
      force: 'true',
    });
    expect(JSON.parse(request?.body ?? '').metadata).toEqual({
      ...{ namespace: 'system', name },
      labels: {
        'app.kubernetes.io/managed-by': 'artifactrelease',
        'artifactrelease.dev/protection': 'record',
        'artifactrelease.dev/owner': OWNER,
      },
      annotations: { 'artifactrelease.dev/repository': REPOSITORY },
    });
  });

  it('is the same bytes for the same content, whatever the order of the manifests', async () => {
    const kept = aKeptRecord(REPOSITORY);
    const reversed = { ...kept, manifests: new Map([...kept.manifests].reverse()) };
    expect(await written(reversed)).toEqual(await written(kept));
  });

  it('is read by its name, whatever its labels are', async () => {
    const kept = aKeptRecord(REPOSITORY, []);
    const stored = await written(kept);
    const { server, records } = await someRecords(inTurn(listing(stored), listing()));
    expect(await records.read(REPOSITORY, never)).toEqual(kept);
    expect(await records.read(REPOSITORY, never)).toBeUndefined();
    const [request] = server.requests;
    expect(request?.path).toBe(COLLECTION);
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      fieldSelector: `metadata.name=${stored.metadata.name}`,
    });
  });

  it('is not none where it is not understood: it is named, with what people can do', async () => {
    const good = await written(aKeptRecord(REPOSITORY, []));
    const { records } = await someRecords(listing({ ...good, data: {} }));
    const reading = records.read(REPOSITORY, never);
    await expect(reading).rejects.toThrow(UnreadableRecordError);
    await expect(reading).rejects.toThrow(
      /^ConfigMap artifactrelease-protection-0a1b2c3d-252ab1dac2659f8c is not understood; .*delete it.*: record.json: /,
    );
  });

  it('is removed by its repository, also when it is gone already', async () => {
    const { server, records } = await someRecords(inTurn(json({}), failure(404, 'NotFound')));
    await records.remove(REPOSITORY, never);
    await records.remove(REPOSITORY, never);
    const { name } = (await written(aKeptRecord(REPOSITORY))).metadata;
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(2).fill(`DELETE ${COLLECTION}/${name}`),
    );
  });

  it('is neither saved nor removed, nor none, where the API server refuses', async () => {
    const { records } = await someRecords(failure(403, 'Forbidden'));
    await expect(records.list(never)).rejects.toThrow('403 Forbidden');
    await expect(records.read(REPOSITORY, never)).rejects.toThrow('403 Forbidden');
    await expect(records.save(aKeptRecord(REPOSITORY), never)).rejects.toThrow('403 Forbidden');
    await expect(records.remove(REPOSITORY, never)).rejects.toThrow('403 Forbidden');
  });
});

describe('records', () => {
  it('are listed page by page, and only those of the owner', async () => {
    const [first, second] = await Promise.all(
      ['a', 'b'].map((name) => written(aKeptRecord(`registry.example.com/${name}`))),
    );
    const { server, records } = await someRecords(
      inTurn(json({ metadata: { continue: 'more' }, items: [first] }), listing(second)),
    );
    expect((await records.list(never)).kept.map(({ record }) => record.repository)).toEqual([
      'registry.example.com/a',
      'registry.example.com/b',
    ]);
    const selector =
      'app.kubernetes.io/managed-by=artifactrelease,artifactrelease.dev/protection=record,artifactrelease.dev/owner=0a1b2c3d';
    expect(server.requests.map(({ query }) => [query.get('labelSelector'), query.get('continue')])).toEqual([
      [selector, null],
      [selector, 'more'],
    ]);
  });

  it('are understood one by one: one that is not is told of, and the others are there', async () => {
    const good = await written(aKeptRecord(REPOSITORY));
    const broken = { metadata: { name: 'broken' }, data: { 'record.json': '{' } };
    const { found, unreadable } = await readBack(broken, good);
    expect(found.map(({ record }) => record.repository)).toEqual([REPOSITORY]);
    expect(unreadable).toEqual([expect.stringMatching(/^broken: record.json: /)]);
  });

  it.each([
    ['by a newer operator', { schemaVersion: 2 }, 'another version of the operator wrote this'],
    ['with a digest that is none', { orphans: ['sha256:1'] }, 'orphans.0'],
    ['about another repository', { repository: 'registry.example.com/other' }, 'which has another name'],
  ])('written %s are not believed', async (_, change, problem) => {
    const good = await written(aKeptRecord(REPOSITORY));
    const record = { ...JSON.parse(good.data['record.json'] ?? ''), ...change };
    const { found, unreadable } = await readBack({
      ...good,
      data: { 'record.json': JSON.stringify(record) },
    });
    expect(found).toEqual([]);
    expect(unreadable).toEqual([expect.stringContaining(problem)]);
  });

  it('without a name or content are told of', async () => {
    const { found, unreadable } = await readBack({}, { metadata: { name: 'empty' } });
    expect(found).toEqual([]);
    expect(unreadable).toEqual([
      expect.stringMatching(/^a ConfigMap without a name: /),
      expect.stringMatching(/^empty: record.json: /),
    ]);
  });
});

describe('manifests of a record', () => {
  it('that somebody changed are left out, and the others stay', async () => {
    const [good, changed] = [anImage('good').manifest, anImage('changed').manifest];
    const kept = aKeptRecord(REPOSITORY, [good, changed]);
    const forged = { ...kept, manifests: new Map(kept.manifests).set(changed.digest, good.bytes) };
    const { found, unreadable } = await readBack(await written(forged));
    expect([...(found[0]?.manifests.keys() ?? [])]).toEqual([good.digest]);
    expect(unreadable).toEqual([]);
  });

  it('of sha512 are checked by that', async () => {
    const { manifest } = anImage('long', 'sha512');
    const { found } = await readBack(await written(aKeptRecord(REPOSITORY, [manifest])));
    expect([...(found[0]?.manifests.keys() ?? [])]).toEqual([manifest.digest]);
  });

  it.each([
    ['no gzip', Buffer.from('nonsense').toString('base64')],
    ['no base64', '%%%%'],
  ])('that are %s leave a record that is worth having', async (form, manifests) => {
    const good = await written(aKeptRecord(REPOSITORY));
    const { found, unreadable } = await readBack({ ...good, binaryData: { manifests } });
    expect(found).toMatchObject([{ record: { repository: REPOSITORY }, manifests: new Map() }]);
    expect(unreadable).toHaveLength(form === 'no gzip' ? 1 : 0);
  });

  it('are left out, the largest first, so that the ConfigMap stays below 900 KiB', async () => {
    const sizes = [400, 300, 200, 1, 2, 3].map((kibibytes) => aManifestOf(kibibytes * 1024));
    const kept = aKeptRecord(REPOSITORY, sizes);
    const configMap = await written(kept);
    expect(bytesOf(configMap)).toBeLessThanOrEqual(900 * 1024);
    const { found } = await readBack(configMap);
    const left = sizes.map(({ digest }) => found[0]?.manifests.has(digest));
    expect(left).toEqual([false, true, true, true, true, true]);
  });

  it('are left out one by one until all that is left fits', async () => {
    const many = Array.from({ length: 50 }, (_, index) => aManifestOf(30 * 1024 + index));
    const configMap = await written(aKeptRecord(REPOSITORY, many));
    const { found } = await readBack(configMap);
    const kept = many.map(({ digest }) => found[0]?.manifests.has(digest));
    expect(kept).toEqual(many.map((_, index) => index < kept.indexOf(false)));
    const free = 900 * 1024 - bytesOf(configMap);
    expect(free).toBeGreaterThanOrEqual(0);
    expect(free).toBeLessThan(31 * 1024);
  });

  it('are all left out where the record itself takes the room', async () => {
    const { record } = aKeptRecord(REPOSITORY);
    const large = {
      ...record,
      parked: Array.from({ length: 7_000 }, (_, n) => `keep.${n}.${'0'.repeat(115)}`),
    };
    const manifest = aManifestOf(64 * 1024);
    const { found } = await readBack(
      await written({ record: large, manifests: new Map([[manifest.digest, manifest.bytes]]) }),
    );
    expect(found).toEqual([{ record: large, manifests: new Map() }]);
  });
});

it('a record that is too large by itself is an error that says so, and is not sent', async () => {
  const { server, records } = await someRecords(json({}));
  const { record } = aKeptRecord(REPOSITORY);
  const parked = Array.from({ length: 10_000 }, (_, n) => `keep.${n}.${'0'.repeat(100)}`);
  await expect(records.save({ record: { ...record, parked }, manifests: new Map() }, never)).rejects.toThrow(
    `the record of ${REPOSITORY} is larger than the 921600 bytes that are stored of it`,
  );
  expect(server.requests).toEqual([]);
});
