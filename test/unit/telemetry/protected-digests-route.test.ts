import { describe, expect, it } from 'vitest';
import type { ProtectedDigest, ProtectedList } from '../../../src/ports/protected-digests.ts';
import { protectedDigestsRoute } from '../../../src/telemetry/protected-digests-route.ts';

const digestOf = (character: string) => `sha256:${character.repeat(64)}`;
const WEB = 'registry.example.com/shop/web';

const aDigest = (root: string, ...members: readonly string[]): ProtectedDigest => ({
  repository: WEB,
  digest: digestOf(root),
  roles: ['Stable'],
  releases: ['shop/web'],
  members: [root, ...members].map(digestOf),
  reason: 'Protected',
});

const aList = (list: Partial<ProtectedList> = {}): ProtectedList => ({
  owner: 'f81d4fae',
  generatedAt: new Date('2026-11-24T12:00:00Z'),
  complete: true,
  missing: [],
  digests: [aDigest('b', 'c'), aDigest('a', 'c')],
  ...list,
});

function aRoute(list = aList(), notReady?: string) {
  const asked: (string | undefined)[] = [];
  const digests = {
    list: (repository?: string) => {
      asked.push(repository);
      return list;
    },
  };
  const route = protectedDigestsRoute({ digests, notReady: () => notReady });
  const get = async (query = '', headers: Record<string, string> = {}) => {
    const answer = await route({ query: new URLSearchParams(query), headers });
    return { ...answer, text: answer.body?.text ?? '' };
  };
  return { get, asked };
}

describe('GET /v1/protected-digests', () => {
  it('answers in JSON with everything that is known', async () => {
    const { get, asked } = aRoute();
    const { status, text, body, headers } = await get();
    expect([status, body?.contentType, asked]).toEqual([200, 'application/json', [undefined]]);
    expect(JSON.parse(text)).toEqual({ ...aList(), generatedAt: '2026-11-24T12:00:00.000Z' });
    expect(headers).toMatchObject({
      'x-artifactrelease-complete': 'true',
      'x-artifactrelease-generated-at': '2026-11-24T12:00:00.000Z',
    });
  });

  it('answers in text with a line for each manifest that must stay, once and sorted', async () => {
    const { status, text, body, headers } = await aRoute().get('format=text');
    expect([status, body?.contentType]).toEqual([200, 'text/plain']);
    expect(text).toBe(['a', 'b', 'c'].map((one) => `${WEB}@${digestOf(one)}\n`).join(''));
    expect(headers).toMatchObject({ 'x-artifactrelease-complete': 'true' });
  });

  it('is limited to the repository that is named', async () => {
    const { get, asked } = aRoute();
    await get(`repository=${WEB}&format=json`);
    expect(asked).toEqual([WEB]);
  });

  it.each([
    ['format=xml', 'format must be json or text, not "xml"'],
    ['repository=web', 'repository must be a registry and a path'],
    [`repository=${WEB}:1.0`, 'repository must be a registry and a path'],
    ['repository=', 'repository must be a registry and a path'],
    ['repo=registry.example.com/shop/web', '"repo" is no parameter; there are repository and format'],
    ['format=json&format=text', 'format is given twice'],
  ])('refuses %s, and says what to write', async (query, message) => {
    const { get, asked } = aRoute();
    const { status, text } = await get(query);
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { reason: 'Invalid', message: expect.stringContaining(message) },
    ]);
    expect(asked).toEqual([]);
  });

  it.each([
    'format=text',
    'format=json',
  ])('says with %s nothing before the caches are complete', async (query) => {
    const { get, asked } = aRoute(aList(), 'it starts');
    const { status, headers, text } = await get(query);
    expect([status, JSON.parse(text)]).toEqual([503, { reason: 'NotReady', message: 'it starts' }]);
    expect(headers).toMatchObject({ 'retry-after': 5, 'x-artifactrelease-complete': 'false' });
    expect(asked).toEqual([]);
  });
});

describe('a list that is not complete', () => {
  const partial = aList({ complete: false, missing: ['registry.example.com is unavailable', 'shop/web'] });

  it('is never given as text, which may go straight into a clean-up', async () => {
    const { status, text, headers } = await aRoute(partial).get('format=text');
    expect([status, JSON.parse(text)]).toEqual([
      503,
      {
        reason: 'NotComplete',
        message: expect.stringContaining('registry.example.com is unavailable; shop/web'),
      },
    ]);
    expect(text).not.toContain('@sha256');
    expect(headers).toMatchObject({ 'x-artifactrelease-complete': 'false', 'retry-after': 5 });
  });

  it('is given as JSON, which says so', async () => {
    const { status, text, headers } = await aRoute(partial).get();
    expect([status, JSON.parse(text).complete]).toEqual([200, false]);
    expect(headers).toMatchObject({ 'x-artifactrelease-complete': 'false' });
  });
});

describe('a list that is known already', () => {
  const tagOf = async (list: ProtectedList, query = '') => {
    const { headers } = await aRoute(list).get(query);
    return String(headers?.etag);
  };

  it.each([
    'format=json',
    'format=text',
  ])('is not sent again with %s, but when it was made is', async (query) => {
    const later = aList({ generatedAt: new Date('2026-11-24T13:00:00Z') });
    const etag = await tagOf(aList(), query);
    for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const { status, body, headers } = await aRoute(later).get(query, { 'if-none-match': known });
      expect([status, body]).toEqual([304, undefined]);
      expect(headers).toMatchObject({
        etag,
        'x-artifactrelease-generated-at': '2026-11-24T13:00:00.000Z',
      });
    }
  });

  it.each([
    ['a digest more', aList({ digests: [aDigest('d')] })],
    ['a doubt more', aList({ complete: false, missing: ['shop/web'] })],
  ])('is sent again with %s', async (_, changed) => {
    const { status } = await aRoute(changed).get('', { 'if-none-match': await tagOf(aList()) });
    expect(status).toBe(200);
  });

  it('is refused all the same when it is not complete any more', async () => {
    const partial = aList({ complete: false });
    const known = { 'if-none-match': await tagOf(aList(), 'format=text') };
    expect((await aRoute(partial).get('format=text', known)).status).toBe(503);
  });

  it('has another tag in another format', async () => {
    expect(await tagOf(aList())).not.toBe(await tagOf(aList(), 'format=text'));
  });
});
