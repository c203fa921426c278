import { describe, expect, it } from 'vitest';
import type { PullAccess } from '../../../../src/ports/registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { anImage } from '../../../support/oci-content.ts';
import { aClient, login, never, plain, type Secrets } from '../../../support/oci-registry-client.ts';
import { error, type Protection, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const ALICE = { alice: 'p:w' };
const regcred: PullAccess = { namespace: 'shop', imagePullSecrets: ['regcred'] };

async function aRegistry(protection: Protection) {
  const registry = await ScriptedRegistry.start();
  registry.protection = protection;
  registry.put(image, config);
  return registry;
}

const secretsFor = ({ host }: ScriptedRegistry, entry: object = login('alice', 'p:w')): Secrets => ({
  regcred: { [host]: entry },
});

const authorizations = ({ received }: ScriptedRegistry) =>
  received.map(({ headers }) => headers.authorization?.split(' ')[0]);

describe('basic authentication', () => {
  it('is used once it has been asked for, and then from the start', async () => {
    await using registry = await aRegistry({ scheme: 'basic', users: ALICE });
    await using client = aClient({ settings: plain(registry), secrets: secretsFor(registry) });
    await client.open(`${registry.host}/shop/checkout`, regcred).manifest(image.digest, never);
    await client.open(`${registry.host}/shop/cart`, regcred).manifest(image.digest, never);
    expect(authorizations(registry)).toEqual([undefined, 'Basic', 'Basic']);
  });

  it('is not tried without credentials, and the message says what to do', async () => {
    await using registry = await aRegistry({ scheme: 'basic', users: ALICE });
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining(
        'no credentials match this repository; add a Secret to imagePullSecrets',
      ),
    });
    expect(registry.received).toHaveLength(1);
  });

  it('names what was tried and what is wrong with the rest, and no secret', async () => {
    await using registry = await aRegistry({ scheme: 'basic', users: ALICE });
    await using client = aClient({
      settings: plain(registry),
      secrets: secretsFor(registry, login('alice', 'hunter2')),
    });
    const access = { ...regcred, imagePullSecrets: ['regcred', 'gone'] };
    const read = client.open(`${registry.host}/shop/checkout`, access).manifest(image.digest, never);
    await expect(read).rejects.toHaveProperty(
      'message',
      expect.stringMatching(
        /401: UNAUTHORIZED authentication required; tried with Secret shop\/regcred; .*Secret shop\/gone does not exist/,
      ),
    );
    await expect(read).rejects.toHaveProperty('message', expect.not.stringContaining('hunter2'));
  });
});

describe('a token', () => {
  it('is asked for anonymously where nothing else is there', async () => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    await using client = aClient({ settings: plain(registry) });
    await client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    expect(registry.requests).toEqual([
      `GET manifests/${image.digest}`,
      'GET /token?service=test&scope=repository%3Ashop%2Fcheckout%3Apull',
      `GET manifests/${image.digest}`,
    ]);
    expect(authorizations(registry)).toEqual([undefined, undefined, 'Bearer']);
  });

  it('is asked for once by all that wait for it, and kept by repository and credential', async () => {
    await using registry = await aRegistry({ scheme: 'bearer', users: { ...ALICE, bob: 'b' } });
    const secrets = { ...secretsFor(registry), bobs: { [registry.host]: login('bob', 'b') } };
    await using client = aClient({ settings: plain(registry), secrets });
    const open = (repository: string, secret = 'regcred') =>
      client.open(`${registry.host}/${repository}`, { ...regcred, imagePullSecrets: [secret] });
    const tokens = () => registry.received.filter(({ path }) => path.startsWith('/token')).length;

    const reader = open('shop/checkout');
    await Promise.all(Array.from({ length: 5 }, () => reader.manifest(image.digest, never)));
    expect(tokens()).toBe(1);
    await open('shop/checkout').manifest(image.digest, never);
    expect(tokens()).toBe(1);
    await open('shop/cart').manifest(image.digest, never);
    expect(tokens()).toBe(2);
    await open('shop/checkout', 'bobs').manifest(image.digest, never);
    expect(tokens()).toBe(3);
  });

  it('is exchanged for an identity token by a POST', async () => {
    await using registry = await aRegistry({ scheme: 'bearer', users: {}, identityTokens: ['refresh-me'] });
    const secrets = secretsFor(registry, { ...login('<token>', ''), identitytoken: 'refresh-me' });
    await using client = aClient({ settings: plain(registry), secrets });
    await client.open(`${registry.host}/shop/checkout`, regcred).manifest(image.digest, never);
    const posted = registry.received.find(({ method }) => method === 'POST');
    expect(Object.fromEntries(new URLSearchParams(posted?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      service: 'test',
      scope: 'repository:shop/checkout:pull',
      client_id: 'artifactrelease-operator',
    });
    expect(posted?.headers).not.toHaveProperty('authorization');
  });

  it('that is in the Secret is sent as it is', async () => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    registry.quirk = ({ headers }) =>
      headers.authorization === 'Bearer ready-made'
        ? { status: 200, headers: { 'content-type': image.mediaType }, body: image.bytes }
        : undefined;
    await using client = aClient({
      settings: plain(registry),
      secrets: secretsFor(registry, { registrytoken: 'ready-made' }),
    });
    await client.open(`${registry.host}/shop/checkout`, regcred).manifest(image.digest, never);
    expect(registry.received).toHaveLength(2);
  });

  it('is renewed before it ends', async () => {
    const clock = new FakeClock();
    await using registry = await aRegistry({ scheme: 'bearer', expiresIn: 100 });
    await using client = aClient({ settings: plain(registry), clock });
    const reader = client.open(`${registry.host}/shop/checkout`);
    const read = async (afterMs: number) => {
      await clock.advance(afterMs);
      registry.received.length = 0;
      await reader.manifest(image.digest, never);
      return registry.received.length;
    };
    expect(await read(0)).toBe(3);
    expect(await read(79_000)).toBe(1);
    expect(await read(2_000)).toBe(2);
  });

  it('that was revoked is replaced once', async () => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    await using client = aClient({ settings: plain(registry) });
    const reader = client.open(`${registry.host}/shop/checkout`);
    await reader.manifest(image.digest, never);
    registry.forgetTokens();
    registry.received.length = 0;
    await reader.manifest(image.digest, never);
    expect(registry.received).toHaveLength(3);
  });

  it.each([401, 403])('that is new is not replaced when it is refused with %i', async (status) => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    await using client = aClient({ settings: plain(registry) });
    await client.open(`${registry.host}/shop/cart`).manifest(image.digest, never);
    registry.received.length = 0;
    registry.quirk = ({ headers }) =>
      headers.authorization
        ? error(status, 'DENIED', 'insufficient_scope', {
            'www-authenticate': `Bearer realm="${registry.origin}/token",scope="repository:shop/checkout:pull"`,
          })
        : undefined;
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining(`it answers ${status}: DENIED insufficient_scope`),
    });
    // A token, and the manifest.
    expect(registry.received).toHaveLength(2);
  });

  it('that is old is replaced when it is refused with 403', async () => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    await using client = aClient({ settings: plain(registry) });
    const reader = client.open(`${registry.host}/shop/checkout`);
    await reader.manifest(image.digest, never);
    const old = registry.received.at(-1)?.headers.authorization;
    registry.quirk = ({ headers }) =>
      headers.authorization === old ? error(403, 'DENIED', 'expired') : undefined;
    expect(await reader.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it('is widened by what a call needs besides pull, and then kept', async () => {
    const scopeOf = (path: string) =>
      path.includes('/tags/') ? 'repository:shop/checkout:metadata_read' : undefined;
    await using registry = await aRegistry({ scheme: 'bearer', scopeOf });
    registry.tag('1.42.0', image);
    await using client = aClient({ settings: plain(registry) });
    const reader = client.open(`${registry.host}/shop/checkout`);
    await reader.manifest(image.digest, never);
    expect(await reader.tags(10, never)).toEqual(['1.42.0']);
    registry.received.length = 0;
    await reader.tags(10, never);
    await reader.manifest(image.digest, never);
    expect(registry.received).toHaveLength(2);
  });

  it('that is refused is told about in the words of the realm', async () => {
    await using registry = await aRegistry({ scheme: 'bearer', users: ALICE });
    await using client = aClient({
      settings: plain(registry),
      secrets: secretsFor(registry, login('alice', 'hunter2')),
    });
    await expect(
      client.open(`${registry.host}/shop/checkout`, regcred).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining(
        `no token from ${registry.host}: it answers 401: incorrect username or password`,
      ),
    });
  });

  it.each([
    { when: 'the realm is down', answer: { status: 500 }, reason: 'Unavailable' },
    { when: 'the realm is busy', answer: { status: 429 }, reason: 'Throttled' },
    { when: 'the realm answers without one', answer: { status: 200, body: '{}' }, reason: 'Malformed' },
    { when: 'the realm answers with a page', answer: { status: 200, body: '<html>' }, reason: 'Malformed' },
  ])('is not there when $when: $reason', async ({ answer, reason }) => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    registry.quirk = ({ path }) => (path.startsWith('/token') ? answer : undefined);
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({ reason });
  });

  it('is asked for again when the realm breaks once', async () => {
    await using registry = await aRegistry({ scheme: 'bearer' });
    let broken = 0;
    registry.quirk = ({ path }) =>
      path.startsWith('/token') && broken++ === 0 ? { status: 502 } : undefined;
    await using client = aClient({ settings: plain(registry) });
    const read = client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    expect(await read).toMatchObject({ digest: image.digest });
    expect(broken).toBe(2);
  });

  it.each(['', 'realm="nonsense"'])('cannot be asked for at a realm that is none: %s', async (parameters) => {
    await using registry = await aRegistry({ scheme: 'none' });
    registry.quirk = () => error(401, 'UNAUTHORIZED', '', { 'www-authenticate': `Bearer ${parameters}` });
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Malformed',
      message: expect.stringContaining('a realm that is not a URL'),
    });
  });
});

describe('credentials', () => {
  it('are tried in turn: of the release, of its service account, of the platform', async () => {
    await using registry = await aRegistry({ scheme: 'basic', users: { platform: '3' } });
    const secrets = {
      mine: { [registry.host]: login('release', '1') },
      theirs: { [registry.host]: login('account', '2') },
      'artifactrelease-system/registry': { [registry.host]: login('platform', '3') },
    };
    const pullSecret = { namespace: 'artifactrelease-system', name: 'registry' };
    const settings = { [registry.host]: { plainHttp: true, mirrors: [], pullSecret } };
    await using client = aClient({ settings, secrets, serviceAccounts: { default: ['theirs'] } });
    const access = { namespace: 'shop', imagePullSecrets: ['mine'], serviceAccount: 'default' };
    const reader = client.open(`${registry.host}/shop/checkout`, access);
    const users = () =>
      registry.received.map(
        ({ headers: { authorization = '' } }) =>
          Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')[0],
      );
    await reader.manifest(image.digest, never);
    expect(users()).toEqual(['', 'release', 'account', 'platform']);
    registry.received.length = 0;
    await reader.manifest(image.digest, never);
    expect(users()).toEqual(['platform']);
  });

  it('are read once for a task, and again after the API server failed', async () => {
    await using registry = await aRegistry({ scheme: 'basic', users: ALICE });
    let reads = 0;
    const pullSecrets = {
      pullSecret: async () => {
        reads += 1;
        if (reads === 1) throw new Error('etcd is down');
        return {
          format: 'dockercfg' as const,
          json: JSON.stringify({ [registry.host]: login('alice', 'p:w') }),
        };
      },
      imagePullSecretsOf: async () => [],
    };
    await using client = aClient({ settings: plain(registry), pullSecrets });
    const reader = client.open(`${registry.host}/shop/checkout`, regcred);
    await reader.manifest(image.digest, never);
    await reader.manifest(image.digest, never);
    expect(reads).toBe(2);
  });

  it('that cannot be read leave everything unknown', async () => {
    await using registry = await aRegistry({ scheme: 'none' });
    const pullSecrets = {
      pullSecret: () => Promise.reject(new Error('etcd is down')),
      imagePullSecretsOf: async () => [],
    };
    await using client = aClient({ settings: plain(registry), pullSecrets });
    await expect(
      client.open(`${registry.host}/shop/checkout`, regcred).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining('the pull secrets cannot be read: etcd is down'),
    });
    expect(registry.received).toHaveLength(0);
  });
});
