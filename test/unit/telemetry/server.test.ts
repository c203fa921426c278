import { Counter, Registry } from 'prom-client';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type Probe, TelemetryServer } from '../../../src/telemetry/server.ts';

const servers: TelemetryServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function aServer(probes: { liveness?: Record<string, Probe>; readiness?: Record<string, Probe> } = {}) {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc();
  const server = new TelemetryServer({
    port: 0,
    host: '127.0.0.1',
    registry,
    liveness: {},
    readiness: {},
    ...probes,
  });
  servers.push(server);
  await server.start();
  const call = async (path: string, method: 'GET' | 'POST' = 'GET') => {
    const { statusCode, body } = await request(`http://127.0.0.1:${server.port()}${path}`, {
      method,
      reset: true,
    });
    return { status: statusCode, body: await body.text() };
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
    expect(await call(path)).toEqual({ status: 200, body: 'ok\n' });
  });

  it('names every probe that fails, with its reason', async () => {
    const { call } = await aServer({
      liveness: { things: () => 'reflector hangs', others: () => undefined },
      readiness: { manager: () => 'starting' },
    });
    expect(await call('/healthz')).toEqual({ status: 503, body: 'things: reflector hangs\n' });
    expect(await call('/readyz')).toEqual({ status: 503, body: 'manager: starting\n' });
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
