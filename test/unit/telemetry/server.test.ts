import { Counter, Registry } from 'prom-client';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { provenanceRoute } from '../../../src/telemetry/provenance-route.ts';
import type { Route } from '../../../src/telemetry/route.ts';
import { type Probe, TelemetryServer } from '../../../src/telemetry/server.ts';

const servers: TelemetryServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

interface Served {
  readonly liveness?: Record<string, Probe>;
  readonly readiness?: Record<string, Probe>;
  readonly routes?: Record<string, Route>;
}

async function aServer(served: Served = {}) {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc();
  const server = new TelemetryServer({
    port: 0,
    host: '127.0.0.1',
    registry,
    liveness: {},
    readiness: {},
    ...served,
  });
  servers.push(server);
  await server.start();
  const call = async (path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${server.port()}${path}`, {
      method,
      reset: true,
    });
    return { status: statusCode, headers, body: await body.text() };
  };
  return { server, call };
}

describe('TelemetryServer', () => {
  it('serves metrics', async () => {
    const { call } = await aServer();
    expect((await call('/metrics')).body).toContain('things_total 1');
  });

  it.each(['/healthz', '/readyz', '/readyz?verbose'])('answers %s with ok when all is well', async (path) => {
    const { call } = await aServer({ readiness: { synced: () => undefined } });
    expect(await call(path)).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('names every probe that fails, with its reason', async () => {
    const { call } = await aServer({
      liveness: { things: () => 'reflector hangs', others: () => undefined },
      readiness: { manager: () => 'starting' },
    });
    expect(await call('/healthz')).toMatchObject({ status: 503, body: 'things: reflector hangs\n' });
    expect(await call('/readyz')).toMatchObject({ status: 503, body: 'manager: starting\n' });
  });

  it('answers 500 when a probe throws', async () => {
    const { call } = await aServer({
      liveness: {
        things: () => {
          throw new Error('broken');
        },
      },
    });
    expect((await call('/healthz')).status).toBe(500);
  });

  it.each([
    { method: 'GET', path: '/secrets', status: 404 },
    { method: 'POST', path: '/metrics', status: 405 },
  ] as const)('answers $method $path with $status', async ({ method, path, status }) => {
    const { call } = await aServer();
    expect((await call(path, method)).status).toBe(status);
  });

  it('hands the query and the headers to a route, and its headers back', async () => {
    const echo: Route = ({ query, headers }) => ({
      status: 200,
      headers: { etag: '"1"' },
      body: { contentType: 'text/plain', text: `${query.get('a')} from ${headers.host}` },
    });
    const { call, server } = await aServer({ routes: { '/echo': echo } });
    const { status, headers, body } = await call('/echo?a=b');
    expect([status, headers.etag, headers['content-type'], body]).toEqual([
      200,
      '"1"',
      'text/plain',
      `b from 127.0.0.1:${server.port()}`,
    ]);
  });

  it('answers without a body where a route gives none', async () => {
    const { call } = await aServer({ routes: { '/same': () => ({ status: 304 }) } });
    const { status, headers, body } = await call('/same');
    expect([status, headers['content-type'], body]).toEqual([304, undefined, '']);
  });

  it('does not start on a port that is taken', async () => {
    const { server } = await aServer();
    const second = new TelemetryServer({
      port: server.port(),
      host: '127.0.0.1',
      registry: new Registry(),
      liveness: {},
      readiness: {},
    });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('knows no port before it has started', () => {
    const server = new TelemetryServer({ port: 0, registry: new Registry(), liveness: {}, readiness: {} });
    expect(() => server.port()).toThrow('not started');
  });
});

describe('GET /v1/provenance', () => {
  const found = {
    digest: 'sha256:1',
    verification: { source: 'Unknown' },
    releases: [],
    revocations: [],
  } as const;
  const answering = async (result: Awaited<ReturnType<Parameters<typeof provenanceRoute>[0]['find']>>) => {
    const asked: string[] = [];
    const find = async (text: string) => {
      asked.push(text);
      return result;
    };
    return { asked, ...(await aServer({ routes: { '/v1/provenance': provenanceRoute({ find }) } })) };
  };

  it('answers in JSON about the digest that it is asked for', async () => {
    const { call, asked } = await answering({ outcome: 'Found', answer: found });
    const { status, headers, body } = await call('/v1/provenance?digest=%20sha256%3A1');
    expect([status, headers['content-type'], JSON.parse(body)]).toEqual([200, 'application/json', found]);
    expect(asked).toEqual(['sha256:1']);
  });

  it('answers HEAD without the body', async () => {
    const { call } = await answering({ outcome: 'Found', answer: found });
    expect(await call('/v1/provenance?digest=1', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('says when to ask again for the rest', async () => {
    const { call } = await answering({ outcome: 'Pending', answer: found });
    const { status, headers, body } = await call('/v1/provenance?digest=1');
    expect([status, headers['retry-after'], JSON.parse(body)]).toEqual([202, '5', found]);
  });

  it.each([
    ['Invalid', 400],
    ['Ambiguous', 400],
    ['NotFound', 404],
    ['NotReady', 503],
  ] as const)('answers %s with %i and the reason', async (outcome, status) => {
    const { call } = await answering({ outcome, problem: 'because' });
    const answer = await call('/v1/provenance');
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ reason: outcome, message: 'because' });
  });

  it('takes no other method', async () => {
    const { call, asked } = await answering({ outcome: 'Found', answer: found });
    expect([(await call('/v1/provenance', 'POST')).status, asked]).toEqual([405, []]);
  });
});
