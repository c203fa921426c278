import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Certificates, givenCertificates } from '../../../../src/adapters/oci-registry/certificates.ts';
import { proxySettings } from '../../../../src/adapters/oci-registry/proxy-settings.ts';
import type { TimeLimits } from '../../../../src/adapters/oci-registry/repository-client.ts';
import { systemClock } from '../../../../src/controller/clock.ts';
import { CertificateAuthority } from '../../../support/certificates.ts';
import { anImage } from '../../../support/oci-content.ts';
import { aClient, login, never, plain } from '../../../support/oci-registry-client.ts';
import {
  type Answer,
  error,
  type ReceivedRequest,
  ScriptedRegistry,
} from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const blob = { digest: config.digest, size: config.bytes.length };
const regcred = { namespace: 'shop', imagePullSecrets: ['regcred'] };

async function aRegistry() {
  const registry = await ScriptedRegistry.start();
  registry.put(image, config);
  return registry;
}

/** Answers blobs with a redirect. */
const redirecting =
  (location: string) =>
  ({ path }: ReceivedRequest): Answer | undefined =>
    path.includes('/blobs/') ? { status: 307, headers: { location } } : undefined;

/** Plays the answers in turn, then leaves it to the registry. */
const inTurn = (...answers: readonly Answer[]) => {
  const left = [...answers];
  return () => left.shift();
};

describe('a redirect', () => {
  it('to storage at another host is followed without credentials', async () => {
    await using storage = await aRegistry();
    storage.quirk = () => ({ status: 200, body: config.bytes });
    await using registry = await aRegistry();
    registry.protection = { scheme: 'basic', users: { alice: 'secret' } };
    registry.quirk = (request) =>
      request.headers.authorization
        ? redirecting(`${storage.origin}/bucket?signature=abc`)(request)
        : undefined;
    const secrets = { regcred: { [registry.host]: login('alice', 'secret') } };
    await using client = aClient({ settings: plain(registry), secrets });
    const read = await client.open(`${registry.host}/shop/checkout`, regcred).blob(blob, 1_000, never);
    expect(Buffer.from(read)).toEqual(config.bytes);
    expect(storage.received.map(({ path }) => path)).toEqual(['/bucket?signature=abc']);
    expect(storage.received[0]?.headers).not.toHaveProperty('authorization');
    expect(storage.received[0]?.headers).not.toHaveProperty('cookie');
  });

  it('to another host that asks for credentials of its own does not send them to its realm', async () => {
    await using realm = await aRegistry();
    await using storage = await aRegistry();
    const challenge = `Bearer realm="${realm.origin}/token",service="theirs"`;
    storage.quirk = () => error(401, 'UNAUTHORIZED', '', { 'www-authenticate': challenge });
    await using registry = await aRegistry();
    registry.quirk = redirecting(`${storage.origin}/bucket`);
    const secrets = { regcred: { [registry.host]: login('alice', 'secret') } };
    await using client = aClient({ settings: plain(registry), secrets });
    const reader = client.open(`${registry.host}/shop/checkout`, regcred);
    await expect(reader.blob(blob, 1_000, never)).rejects.toMatchObject({ reason: 'Unauthorized' });
    expect(realm.received).toEqual([]);
  });

  it('within the registry keeps them', async () => {
    await using registry = await aRegistry();
    registry.protection = { scheme: 'basic', users: { alice: 'secret' } };
    registry.quirk = ({ headers, path }) =>
      headers.authorization && path.includes('checkout')
        ? { status: 307, headers: { location: path.replace('checkout', 'cart') } }
        : undefined;
    const secrets = { regcred: { [registry.host]: login('alice', 'secret') } };
    await using client = aClient({ settings: plain(registry), secrets });
    await client.open(`${registry.host}/shop/checkout`, regcred).blob(blob, 1_000, never);
    expect(registry.received.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  it('in a circle is given up', async () => {
    await using registry = await aRegistry();
    registry.quirk = ({ path }) => ({ status: 302, headers: { location: path } });
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).blob(blob, 1_000, never),
    ).rejects.toMatchObject({
      reason: 'Malformed',
      message: expect.stringContaining('it redirects more than 3 times'),
    });
    expect(registry.received).toHaveLength(4);
  });
});

describe('TLS', () => {
  it('is checked against the given authority, and nothing else is spoken without leave', async () => {
    using authority = new CertificateAuthority();
    const server = authority.issue('server');
    await using registry = await ScriptedRegistry.start({ cert: server.cert, key: server.key });
    registry.put(image, config);
    const ca = givenCertificates(authority.ca.toString(), 'the test');
    const readWith = async (settings: { ca?: Certificates; plainHttp: boolean }) => {
      await using client = aClient({ settings: { [registry.host]: { mirrors: [], ...settings } } });
      return await client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    };
    expect(await readWith({ ca, plainHttp: false })).toMatchObject({ digest: image.digest });
    await expect(readWith({ plainHttp: false })).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringMatching(
        /certificate of 127\.0\.0\.1:\d+ is not trusted \(.*\); if its authority is private, put it into/,
      ),
    });
    expect(registry.received).toHaveLength(1);

    // Neither a redirect nor a realm may lead out of it.
    await using open = await aRegistry();
    registry.quirk = () => ({ status: 307, headers: { location: `${open.origin}/bucket` } });
    const refusal = {
      reason: 'Unavailable',
      message: expect.stringContaining('is not https; if that is intended, set plainHttp'),
    };
    await expect(readWith({ ca, plainHttp: false })).rejects.toMatchObject(refusal);
    registry.quirk = () =>
      error(401, 'UNAUTHORIZED', '', { 'www-authenticate': `Bearer realm="${open.origin}/token"` });
    await expect(readWith({ ca, plainHttp: false })).rejects.toMatchObject(refusal);
    expect(open.received).toHaveLength(0);
  });

  it('is what a registry is spoken to in that nobody has configured', async () => {
    await using registry = await aRegistry();
    await using client = aClient();
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unavailable',
    });
    expect(registry.received).toHaveLength(0);
  });
});

describe('a proxy', () => {
  /** A proxy that leads every tunnel, and every plain request, to the registry. */
  async function aProxy(
    registry: ScriptedRegistry,
  ): Promise<{ url: string; asked: string[]; server: Server }> {
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
      const answer = await fetch(registry.origin + new URL(request.url ?? '').pathname);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
      const tunnel = connect(registry.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy());
      socket.on('error', () => tunnel.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
  }
  const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`;

  it('is tunnelled through for TLS, which ends at the registry', async () => {
    using authority = new CertificateAuthority();
    const server = authority.issue('server', 'DNS:registry.test');
    await using registry = await ScriptedRegistry.start({ cert: server.cert, key: server.key });
    registry.put(image);
    const proxy = await aProxy(registry);
    const trusting = {
      plainHttp: false,
      ca: givenCertificates(authority.ca.toString(), 'the test'),
      mirrors: [],
    };
    await using client = aClient({
      // Names that only the proxy can resolve; the certificate is for the first.
      settings: { 'registry.test': trusting, 'other.test': trusting },
      proxies: proxySettings({ HTTPS_PROXY: proxy.url }),
    });
    const read = (host: string) => client.open(`${host}/shop/checkout`).manifest(image.digest, never);
    expect(await read('registry.test')).toMatchObject({ digest: image.digest });
    expect(proxy.asked).toEqual([`CONNECT registry.test:443 ${BASIC}`]);
    await expect(read('other.test')).rejects.toHaveProperty(
      'message',
      expect.stringContaining('the certificate of other.test is not trusted'),
    );
    expect(registry.received).toHaveLength(1);
    proxy.server.closeAllConnections();
    proxy.server.close();
  });

  it('is asked for what is in plain, unless NO_PROXY says otherwise', async () => {
    await using registry = await aRegistry();
    const proxy = await aProxy(registry);
    const settings = { 'registry.test:5000': { plainHttp: true, mirrors: [] } };
    const readWith = async (environment: Record<string, string>) => {
      await using client = aClient({ settings, proxies: proxySettings(environment) });
      return await client.open('registry.test:5000/shop/checkout').manifest(image.digest, never);
    };
    expect(await readWith({ http_proxy: proxy.url })).toMatchObject({ digest: image.digest });
    expect(proxy.asked).toEqual([
      `GET http://registry.test:5000/v2/shop/checkout/manifests/${image.digest} ${BASIC}`,
    ]);
    await expect(readWith({ http_proxy: proxy.url, no_proxy: '.test' })).rejects.toMatchObject({
      reason: 'Unavailable',
    });
    expect(proxy.asked).toHaveLength(1);
    proxy.server.closeAllConnections();
    proxy.server.close();
  });
});

// Most of them wait: for a deadline, or before a request is repeated.
describe.concurrent('a registry in trouble', () => {
  const broken = error(500, 'UNKNOWN', 'disk on fire');
  const moved = error(503, 'UNAVAILABLE', 'later', { 'retry-after': '60' });
  const patient = error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '0' });

  it.each([
    { when: 'one 500', answers: [broken], tries: 2, reason: undefined },
    { when: 'three 500s', answers: [broken, broken, broken], tries: 3, reason: 'Unavailable' },
    { when: 'a connection cut', answers: ['reset'], tries: 2, reason: undefined },
    { when: 'a body that breaks off', answers: ['cut'], tries: 2, reason: undefined },
    { when: 'a 429 that says when', answers: [patient, patient, patient], tries: 4, reason: undefined },
    {
      when: 'a 429 again and again',
      answers: [patient, patient, patient, patient],
      tries: 4,
      reason: 'Throttled',
    },
    {
      when: 'a 429 that does not say when',
      answers: [error(429, 'TOOMANYREQUESTS', '')],
      tries: 1,
      reason: 'Throttled',
    },
    { when: 'a 503 that asks for a minute', answers: [moved], tries: 1, reason: 'Unavailable' },
    { when: 'a 404', answers: [error(404, 'MANIFEST_UNKNOWN', '')], tries: 1, reason: 'NotFound' },
    { when: 'a 403', answers: [error(403, 'DENIED', '')], tries: 1, reason: 'Unauthorized' },
  ] as const)('is asked $tries times on $when', async ({ answers, reason, tries }) => {
    await using registry = await aRegistry();
    registry.quirk = inTurn(...answers);
    await using client = aClient({ settings: plain(registry) });
    const read = client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    if (reason === undefined) expect(await read).toMatchObject({ digest: image.digest });
    else await expect(read).rejects.toMatchObject({ reason });
    expect(registry.received).toHaveLength(tries);
  });

  it('says in its error how long it wants to be left alone', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '120' });
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Throttled',
      retryAfterMs: 120_000,
    });
    expect(registry.received).toHaveLength(1);
  });

  it('that does not answer is given up at the time limit of the call', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => 'hang';
    const limits: TimeLimits = { callMs: 300, mirrorMs: 100, answerMs: 10_000 };
    await using client = aClient({ settings: plain(registry), limits });
    const startedAt = performance.now();
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining('no answer in time (deadline of 300 ms exceeded)'),
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('whose realm does not answer is given up as well, and the next caller asks anew', async () => {
    await using registry = await aRegistry();
    registry.protection = { scheme: 'bearer' };
    registry.quirk = ({ path }) => (path.startsWith('/token') ? 'hang' : undefined);
    await using client = aClient({
      settings: plain(registry),
      limits: { callMs: 300, mirrorMs: 100, answerMs: 10_000 },
    });
    const reader = client.open(`${registry.host}/shop/checkout`);
    await expect(reader.manifest(image.digest, never)).rejects.toMatchObject({ reason: 'Unavailable' });
    registry.quirk = () => undefined;
    registry.drop();
    await sleep(50);
    expect(await reader.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it('that refuses connections is Unavailable', async () => {
    const registry = await aRegistry();
    const settings = plain(registry);
    await registry[Symbol.asyncDispose]();
    await using client = aClient({ settings });
    const [host] = Object.keys(settings);
    await expect(client.open(`${host}/shop/checkout`).manifest(image.digest, never)).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining(`${host} cannot be reached: connect ECONNREFUSED`),
    });
    expect(client.requests).toHaveLength(3);
  });

  it('is left when the caller gives up, with the caller’s own reason', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => 'hang';
    await using client = aClient({ settings: plain(registry) });
    const caller = new AbortController();
    const read = client.open(`${registry.host}/shop/checkout`).manifest(image.digest, caller.signal);
    await systemClock.sleep(50, never);
    caller.abort(new Error('shutting down'));
    await expect(read).rejects.toThrow('shutting down');
    await expect(
      client
        .open(`${registry.host}/shop/checkout`)
        .manifest(image.digest, AbortSignal.abort(new Error('gone'))),
    ).rejects.toThrow('gone');
  });
});

it('a crowd of readers shares 8 connections to a registry', async () => {
  await using registry = await aRegistry();
  await using client = aClient({ settings: plain(registry) });
  const readers = Array.from({ length: 100 }, (_, i) => client.open(`${registry.host}/shop/app-${i}`));
  await Promise.all(readers.map((reader) => reader.manifest(image.digest, never)));
  expect(registry.received).toHaveLength(100);
  expect(registry.mostConnections).toBe(8);
});
