import { describe, expect, it } from 'vitest';
import { KubeProtectedDigestsBoard } from '../../../../src/adapters/kubernetes/protected-digests-board.ts';
import type { ProtectedDigest, ProtectedList } from '../../../../src/ports/protected-digests.ts';
import { aClient } from '../../../support/api-client.ts';
import { type Answer, failure, json } from '../../../support/scripted-api-server.ts';

const never = new AbortController().signal;
const WEB = 'registry.example.com/shop/web';
const COLLECTION = '/api/v1/namespaces/system/configmaps';
const NAME = 'protected-digests-f81d4fae';

const digestOf = (character: string) => `sha256:${character.repeat(64)}`;

const aDigest = (root: string, digest: Partial<ProtectedDigest> = {}): ProtectedDigest => ({
  repository: WEB,
  digest: digestOf(root),
  roles: ['Stable'],
  releases: ['shop/web'],
  members: [digestOf(root)],
  reason: 'Protected',
  ...digest,
});

const aList = (list: Partial<ProtectedList> = {}): ProtectedList => ({
  owner: 'f81d4fae',
  generatedAt: new Date('2026-11-24T12:00:00Z'),
  complete: true,
  missing: [],
  digests: [aDigest('a')],
  ...list,
});

const TWENTY = Array.from({ length: 20 }, (_, n) => `sha256:${n.toString(16).padStart(64, '0')}`);

/** Repositories of 20 digests each, about 2.4 KiB of lines: too much for two ConfigMaps. */
const MANY: readonly ProtectedDigest[] = Array.from({ length: 900 }, (_, number) =>
  aDigest('a', { repository: `${WEB}-${number}`, members: TWENTY }),
);

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

/** Stores ConfigMaps as the API server does; `refuse` may answer in its place. */
async function aBoard(stored = new Map<string, ConfigMap>()) {
  const done: string[] = [];
  let refuse: ((method: string, name: string) => Answer | undefined) | undefined;
  const { client } = await aClient((response, request) => {
    const name = request.path.slice(COLLECTION.length + 1);
    const refusal = refuse?.(request.method, name);
    if (refusal) return refusal(response, request);
    if (request.method === 'GET') {
      done.push('list');
      return json({ metadata: {}, items: [...stored.values()] })(response, request);
    }
    done.push(`${request.method} ${name}`);
    if (request.method === 'PATCH') stored.set(name, JSON.parse(request.body));
    else stored.delete(name);
    return json({})(response, request);
  });
  const board = new KubeProtectedDigestsBoard(client, 'system', 'f81d4fae');
  return {
    board,
    stored,
    publish: async (list: ProtectedList) => {
      done.length = 0;
      await board.publish(list, never);
      return [...done];
    },
    refuseWith: (answer: typeof refuse) => {
      refuse = answer;
    },
    text: () => [...stored.values()].map(({ data }) => data['digests.txt'] ?? '').join(''),
  };
}

const later = (minutes: number) => new Date(Date.parse('2026-11-24T12:00:00Z') + minutes * 60_000);

describe('the list of protected digests in the cluster', () => {
  it('has a sorted line for each manifest, with who needs it and what for', async () => {
    const { publish, text } = await aBoard();
    const signature = digestOf('5');
    const digests = [
      aDigest('b', { roles: ['Rollback'], members: [digestOf('b'), signature] }),
      aDigest('a', {
        roles: ['Stable', 'Candidate'],
        releases: ['shop/web', 'mall/web'],
        members: [digestOf('a'), signature],
      }),
    ];
    await publish(aList({ digests }));
    expect(text().split('\n')).toEqual([
      `${WEB}@${signature} Candidate,Rollback,Stable mall/web,shop/web`,
      `${WEB}@${digestOf('a')} Candidate,Stable mall/web,shop/web`,
      `${WEB}@${digestOf('b')} Rollback shop/web`,
      '',
    ]);
  });

  it('says when it was made, whether it is complete, and how many shards it has', async () => {
    const { publish, stored } = await aBoard();
    await publish(aList({ complete: false }));
    expect(stored.get(`${NAME}-0`)?.metadata).toMatchObject({
      labels: {
        'app.kubernetes.io/managed-by': 'artifactrelease',
        'artifactrelease.dev/protection': 'digests',
        'artifactrelease.dev/owner': 'f81d4fae',
      },
      annotations: {
        'artifactrelease.dev/generated-at': '2026-11-24T12:00:00.000Z',
        'artifactrelease.dev/complete': 'false',
        'artifactrelease.dev/shards': '1',
      },
    });
  });

  it('is there also when nothing is needed, for no list is not an empty one', async () => {
    const { publish, stored, text } = await aBoard();
    await publish(aList({ digests: [] }));
    expect([...stored.keys(), text()]).toEqual([`${NAME}-0`, '']);
  });

  it('names 20 releases of a manifest, and counts the others', async () => {
    const { publish, text } = await aBoard();
    const releases = Array.from({ length: 25 }, (_, n) => `shop/web-${String(n).padStart(2, '0')}`);
    await publish(aList({ digests: [aDigest('a', { releases })] }));
    expect(text()).toMatch(/ shop\/web-00,.*,shop\/web-19,\+5\n$/);
  });
});

describe('a list that is published again', () => {
  it('is not written when nothing has changed, in whatever order it comes', async () => {
    const { publish } = await aBoard();
    const digests = [aDigest('a'), aDigest('b')];
    expect(await publish(aList({ digests }))).toEqual(['list', `PATCH ${NAME}-0`]);
    expect(await publish(aList({ digests: digests.toReversed(), generatedAt: later(59) }))).toEqual([]);
  });

  it('is written again after an hour, so that it can be told from one that nobody keeps', async () => {
    const { publish } = await aBoard();
    await publish(aList());
    expect(await publish(aList({ generatedAt: later(60) }))).toEqual([`PATCH ${NAME}-0`]);
    expect(await publish(aList({ generatedAt: later(119) }))).toEqual([]);
  });

  it.each([
    ['a digest', { digests: [aDigest('b')] }],
    ['a role', { digests: [aDigest('a', { roles: ['Rollback'] })] }],
    ['whether it is complete', { complete: false }],
  ])('is written when %s has changed', async (_, change) => {
    const { publish } = await aBoard();
    await publish(aList());
    expect(await publish(aList(change))).toEqual([`PATCH ${NAME}-0`]);
  });

  it('is not written by the next process either, which reads what is there', async () => {
    const first = await aBoard();
    await first.publish(aList({ digests: MANY }));
    const second = await aBoard(first.stored);
    const again = aList({ digests: MANY, generatedAt: later(5) });
    expect(await second.publish(again)).toEqual(['list']);
    expect(await second.publish(again)).toEqual([]);
  });

  it('is written whole where somebody has changed a part of it', async () => {
    const first = await aBoard();
    await first.publish(aList());
    const [[name, shard] = ['', undefined]] = first.stored;
    if (shard) first.stored.set(name, { ...shard, data: { 'digests.txt': '' } });
    const second = await aBoard(first.stored);
    await second.publish(aList({ generatedAt: later(5) }));
    expect(second.text()).toContain(digestOf('a'));
  });
});

describe('a list that is too long for one ConfigMap', () => {
  it('goes into several of at most 900 KiB, of one time, and no line is cut', async () => {
    const { publish, stored, text } = await aBoard();
    await publish(aList({ digests: MANY }));
    const shards = [...stored.values()];
    expect([...stored.keys()]).toEqual([`${NAME}-0`, `${NAME}-1`, `${NAME}-2`]);
    for (const { data, metadata } of shards) {
      expect(Buffer.byteLength(data['digests.txt'] ?? '')).toBeLessThanOrEqual(900 * 1024);
      expect(data['digests.txt']).toMatch(/^registry[^\n]* shop\/web\n[\s\S]*\n$/);
      expect(metadata.annotations).toEqual(shards[0]?.metadata.annotations);
      expect(metadata.annotations['artifactrelease.dev/shards']).toBe('3');
    }
    expect(text().trimEnd().split('\n')).toHaveLength(18_000);
  });

  it('gives up the ConfigMaps that it needs no more, after it has written the others', async () => {
    const { publish, stored } = await aBoard();
    await publish(aList({ digests: MANY }));
    expect(await publish(aList())).toEqual([`PATCH ${NAME}-0`, `DELETE ${NAME}-1`, `DELETE ${NAME}-2`]);
    expect([...stored.keys()]).toEqual([`${NAME}-0`]);
  });

  it('is written whole after it was written by half', async () => {
    const { board, publish, refuseWith } = await aBoard();
    const list = aList({ digests: MANY });
    refuseWith((method, name) =>
      method === 'PATCH' && name.endsWith('-1') ? failure(500, 'InternalError') : undefined,
    );
    await expect(board.publish(list, never)).rejects.toThrow('500 InternalError');
    refuseWith(undefined);
    expect(await publish(list)).toEqual(['list', ...[0, 1, 2].map((n) => `PATCH ${NAME}-${n}`)]);
  });

  it('is written whole where a shard is of another time than the others', async () => {
    const first = await aBoard();
    const list = aList({ digests: MANY });
    await first.publish(list);
    const shard = first.stored.get(`${NAME}-1`);
    const annotations = {
      ...shard?.metadata.annotations,
      'artifactrelease.dev/generated-at': later(-5).toISOString(),
    };
    if (shard) first.stored.set(`${NAME}-1`, { ...shard, metadata: { ...shard.metadata, annotations } });
    const second = await aBoard(first.stored);
    expect(await second.publish(list)).toHaveLength(4);
  });
});

it('a list is not published where the API server refuses', async () => {
  const { board, refuseWith } = await aBoard();
  refuseWith(() => failure(403, 'Forbidden'));
  await expect(board.publish(aList(), never)).rejects.toThrow('403 Forbidden');
});
