import { describe, expect, it } from 'vitest';
import { ApiClient, type ApiClientOptions } from '../../../../src/adapters/kubernetes/api-client.ts';
import { ConnectionError } from '../../../../src/adapters/kubernetes/connection-error.ts';
import { KubeApiError } from '../../../../src/adapters/kubernetes/kube-api-error.ts';
import { MalformedEventError } from '../../../../src/controller/list-watcher.ts';
import { aClient } from '../../../support/api-client.ts';
import {
  type Answer,
  brokenWatch,
  closedWatch,
  failure,
  inTurn,
  json,
  openWatch,
  reset,
  silence,
} from '../../../support/scripted-api-server.ts';

/** Retries at once. */
const impatientClient = (answer: Answer, options: Partial<ApiClientOptions> = {}) =>
  aClient(answer, { random: () => 0, ...options });

const never = new AbortController().signal;
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error) => error,
  );

async function collect(events: AsyncIterable<unknown>): Promise<{ events: unknown[]; error?: unknown }> {
  const seen: unknown[] = [];
  try {
    for await (const event of events) seen.push(event);
    return { events: seen };
  } catch (error) {
    return { events: seen, error };
  }
}

describe('ApiClient requests', () => {
  it.each([
    { call: 'get', method: 'GET', contentType: undefined, query: 'a=1' },
    { call: 'create', method: 'POST', contentType: 'application/json', query: '' },
    { call: 'update', method: 'PUT', contentType: 'application/json', query: '' },
    {
      call: 'apply',
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      query: 'fieldManager=me&force=true',
    },
    {
      call: 'mergePatch',
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      query: 'fieldManager=me',
    },
    { call: 'jsonPatch', method: 'PATCH', contentType: 'application/json-patch+json', query: '' },
    { call: 'delete', method: 'DELETE', contentType: 'application/json', query: '' },
  ] as const)('sends $call as $method $contentType', async ({ call, method, contentType, query }) => {
    const { client, server } = await impatientClient(json({ ok: true }), { userAgent: 'tester/1' });
    const body = { spec: { replicas: 1 } };
    const calls = {
      get: () => client.get('/x', { query: { a: 1, b: undefined } }),
      create: () => client.create('/x', body),
      update: () => client.update('/x', body),
      apply: () => client.apply('/x', body, { fieldManager: 'me', force: true }),
      mergePatch: () => client.mergePatch('/x', body, { fieldManager: 'me' }),
      jsonPatch: () => client.jsonPatch('/x', [{ op: 'test', path: '/a', value: 1 }]),
      delete: () => client.delete('/x', { propagationPolicy: 'Background', preconditions: { uid: 'u' } }),
    };
    expect(await calls[call]()).toEqual({ ok: true });
    const [request] = server.requests;
    expect(request).toMatchObject({ method, path: '/x' });
    expect(request?.headers['content-type']).toBe(contentType);
    expect(request?.headers['user-agent']).toBe('tester/1');
    expect(request?.query.toString()).toBe(query);
  });

  it('sends delete options in the body', async () => {
    const { client, server } = await impatientClient(json({}));
    await client.delete('/x', { propagationPolicy: 'Orphan', preconditions: { uid: 'u' } });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u' },
    });
  });

  it('does not open a connection for each request', async () => {
    const { client, server } = await impatientClient(json({}));
    for (let n = 0; n < 20; n += 1) await client.get('/x');
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('keeps the path prefix of a server behind a proxy', async () => {
    const { server } = await impatientClient(json({}));
    const client = new ApiClient({
      access: { ...server.access, server: `${server.access.server}/k8s/clusters/c-1` },
    });
    await client.get('/api/v1/pods');
    expect(server.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/pods');
  });
});

describe('ApiClient failures', () => {
  it('turns a Status into a short error', async () => {
    const { client } = await impatientClient(failure(404, 'NotFound'));
    const error = await rejection(client.get('/x', { query: { secret: 'value' } }));
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error).toMatchObject({
      status: 404,
      reason: 'NotFound',
      message: 'GET /x: 404 NotFound: NotFound happened',
    });
  });

  it('does not repeat the body of an answer that is no Status', async () => {
    const { client } = await impatientClient((response) =>
      response.writeHead(502).end('<html>secret</html>'),
    );
    expect(await rejection(client.get('/x'))).toMatchObject({
      status: 502,
      reason: '',
      message: 'GET /x: 502',
    });
  });

  it.each([429, 503])('waits as a %i says, also before a write', async (status) => {
    const { client, server } = await impatientClient(
      inTurn(failure(status, 'Busy', { 'retry-after': '0' }), json({ ok: true })),
    );
    expect(await client.create('/x', {})).toEqual({ ok: true });
    expect(server.requests).toHaveLength(2);
  });

  it('leaves a long wait to its caller', async () => {
    const { client, server } = await impatientClient(
      failure(429, 'TooManyRequests', { 'retry-after': '60' }),
    );
    expect(await rejection(client.get('/x'))).toMatchObject({ status: 429, retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const { client, server } = await impatientClient(failure(429, 'TooManyRequests', { 'retry-after': '0' }));
    expect(await rejection(client.get('/x'))).toMatchObject({ status: 429 });
    expect(server.requests).toHaveLength(4);
  });

  it('renews its credentials once on a 401', async () => {
    const { client, server } = await impatientClient(
      inTurn(failure(401, 'Unauthorized'), json({ ok: true })),
    );
    expect(await client.create('/x', {})).toEqual({ ok: true });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('gives up on a second 401', async () => {
    const { client, server } = await impatientClient(failure(401, 'Unauthorized'));
    expect(await rejection(client.get('/x'))).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(2);
  });

  it('repeats a read that was reset', async () => {
    const { client, server } = await impatientClient(inTurn(reset, reset, json({ ok: true })));
    expect(await client.get('/x')).toEqual({ ok: true });
    expect(server.requests).toHaveLength(3);
  });

  it('repeats a read twice at most, and rejects with what broke', async () => {
    const { client, server } = await impatientClient(reset);
    expect(await rejection(client.get('/x'))).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(3);
  });

  it('never repeats a write that was reset', async () => {
    const { client, server } = await impatientClient(reset);
    expect(await rejection(client.create('/x', {}))).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(1);
  });

  it('ends within its timeout when there is no answer', async () => {
    const { client, server } = await impatientClient(silence);
    const error = await rejection(client.get('/x', { timeoutMs: 20 }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: 'GET /x: deadline of 20 ms exceeded' });
    expect(server.requests).toHaveLength(1);
  });

  it('ends with the reason of its signal', async () => {
    const { client } = await impatientClient(silence);
    const caller = new AbortController();
    const ending = rejection(client.get('/x', { signal: caller.signal }));
    caller.abort('enough');
    expect(await ending).toBe('enough');
  });

  it('reports every request by verb and status', async () => {
    const observed: unknown[] = [];
    const observer = { observeRequest: (verb: string, status?: number) => observed.push([verb, status]) };
    const { client } = await impatientClient(inTurn(json({}), failure(409, 'Conflict'), reset), { observer });
    await client.list('/x');
    await rejection(client.update('/x', {}));
    await rejection(client.delete('/x'));
    expect(observed).toEqual([
      ['list', 200],
      ['update', 409],
      ['delete', undefined],
    ]);
  });
});

describe('ApiClient watch', () => {
  const added = { type: 'ADDED', object: { name: 'ä' } };

  it('reads events until the server closes', async () => {
    const { client, server } = await impatientClient(closedWatch(added, added));
    expect(await collect(client.watch('/x', { resourceVersion: '1' }, never))).toEqual({
      events: [added, added],
    });
    expect(server.requests[0]?.query.get('watch')).toBe('true');
  });

  it('throws when the connection breaks', async () => {
    const { client } = await impatientClient(brokenWatch(added));
    expect((await collect(client.watch('/x', {}, never))).error).toBeInstanceOf(ConnectionError);
  });

  it.each([
    { what: 'is not JSON', line: '{"type":"ADDED",\n' },
    { what: 'is no event', line: '{"kind":"Status"}\n' },
  ])('throws on a line that $what', async ({ line }) => {
    const { client } = await impatientClient(openWatch(added, line));
    const { events, error } = await collect(client.watch('/x', {}, never));
    expect(events).toEqual([added]);
    expect(error).toBeInstanceOf(MalformedEventError);
  });

  it('throws what the server refuses it with', async () => {
    const { client } = await impatientClient(failure(410, 'Expired'));
    expect((await collect(client.watch('/x', {}, never))).error).toMatchObject({ status: 410 });
  });

  it('ends with the reason of its signal', async () => {
    const { client } = await impatientClient(openWatch(added));
    const caller = new AbortController();
    const watching = collect(client.watch('/x', {}, caller.signal));
    setTimeout(() => caller.abort('enough'), 10);
    expect((await watching).error).toBe('enough');
  });
});
