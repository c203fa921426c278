import { describe, expect, it } from 'vitest';
import { anImage } from '../../../support/oci-content.ts';
import { aClient, login, never, plain } from '../../../support/oci-registry-client.ts';
import { error, type Protection, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const PASSWORDS = { reader: 'r', pusher: 'p', owner: 'o' };
const KEEP = 'keep.cluster.checkout';

const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  reader: ['pull'],
  pusher: ['pull', 'push'],
  owner: ['pull', 'push', 'delete'],
};
const TOKENS: Protection = {
  ...{ scheme: 'bearer', users: PASSWORDS },
  granted: (user) => RIGHTS[user] ?? [],
};

/** A registry where `v1` is, and its writer with the credentials of these users, in this order. */
async function aWriter(users: readonly (keyof typeof PASSWORDS)[], protection: Protection = TOKENS) {
  const registry = await ScriptedRegistry.start();
  registry.protection = protection;
  registry.put(config);
  registry.tag('v1', image);
  const secrets = Object.fromEntries(
    users.map((user) => [user, { [registry.host]: login(user, PASSWORDS[user]) }]),
  );
  const client = aClient({ settings: plain(registry), secrets });
  const access = { namespace: 'shop', imagePullSecrets: [...users] };
  let seen = 0;
  /** Requests and their answers since the last time, as `push 401`. */
  const news = () => {
    const all = client.requests.slice(seen).map(({ operation, status }) => `${operation} ${status}`);
    seen += all.length;
    return all;
  };
  return {
    ...{ registry, news },
    open: (repository: string) => client.registry.openForWriting(`${registry.host}/${repository}`, access),
    writer: client.registry.openForWriting(`${registry.host}/shop/checkout`, access),
    reader: client.open(`${registry.host}/shop/checkout`, access),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

const scopes = ({ received }: ScriptedRegistry) =>
  received
    .filter(({ path }) => path.startsWith('/token'))
    .map(({ path }) => new URL(path, 'http://registry').searchParams.getAll('scope'));

describe('a token', () => {
  it('is asked for to pull, to push, and to delete, when that is to be done', async () => {
    await using setup = await aWriter(['owner']);
    await setup.writer.held('v1', image.digest, never);
    await setup.writer.put(image, KEEP, never);
    await setup.writer.deleteTag(KEEP, never);
    expect(scopes(setup.registry)).toEqual([
      ['repository:shop/checkout:pull'],
      ['repository:shop/checkout:pull,push'],
      ['repository:shop/checkout:pull,push,delete'],
    ]);
    expect(setup.news()).toEqual([
      ...['manifest 401', 'token 200', 'manifest 200'],
      ...['token 200', 'push 201', 'token 200', 'delete 202'],
    ]);
  });

  it('to push is kept for the next one', async () => {
    await using setup = await aWriter(['pusher']);
    await setup.writer.put(image, KEEP, never);
    setup.news();
    await setup.writer.put(image, `${KEEP}.2`, never);
    expect(setup.news()).toEqual(['push 201']);
  });

  it('for a mount is good for the other repository too', async () => {
    await using setup = await aWriter(['pusher']);
    expect(await setup.open('vault/checkout').mountBlob(config.digest, 'shop/checkout', never)).toBe(true);
    expect(scopes(setup.registry)).toEqual([
      ['repository:vault/checkout:pull,push', 'repository:shop/checkout:pull'],
    ]);
  });

  it('that was revoked is asked for anew', async () => {
    await using setup = await aWriter(['pusher']);
    await setup.writer.put(image, KEEP, never);
    setup.registry.forgetTokens();
    setup.news();
    await setup.writer.put(image, KEEP, never);
    expect(setup.news()).toEqual(['push 401', 'token 200', 'push 201']);
  });
});

describe('credentials that may only pull', () => {
  it('are Forbidden to push, by name and with what to do', async () => {
    await using setup = await aWriter(['reader']);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringMatching(
        /tried with Secret shop\/reader; give it the right to push, or name other credentials in the ArtifactRegistry/,
      ),
    });
  });

  it('are Forbidden to delete', async () => {
    await using setup = await aWriter(['pusher']);
    await expect(setup.writer.deleteTag('v1', never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('give it the right to delete'),
    });
    expect(setup.registry.tags).toEqual({ v1: image.digest });
  });

  it('cost one token and one repeated request, each time', async () => {
    await using setup = await aWriter(['reader']);
    const push = () => setup.writer.put(image, KEEP, never).catch(() => undefined);
    await push();
    expect(setup.news()).toEqual(['push 401', 'token 200', 'push 401']);
    await push();
    expect(setup.news()).toEqual(['push 401', 'token 200', 'push 401']);
  });

  it('still read, with the token that they have for it', async () => {
    await using setup = await aWriter(['reader']);
    await setup.reader.manifest(image.digest, never);
    await setup.writer.put(image, KEEP, never).catch(() => undefined);
    setup.news();
    await setup.reader.manifest(image.digest, never);
    await setup.writer.held('v1', image.digest, never);
    expect(setup.news()).toEqual(['manifest 200', 'manifest 200']);
  });

  it('still read where the realm gives no token at all to push', async () => {
    await using setup = await aWriter(['reader']);
    setup.registry.quirk = ({ path }) =>
      /^\/token.*push/.test(path) ? { status: 403, body: '{"details":"push is not for you"}' } : undefined;
    await setup.reader.manifest(image.digest, never);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringMatching(/push is not for you; tried with Secret shop\/reader/),
    });
    setup.news();
    await setup.reader.manifest(image.digest, never);
    expect(setup.news()).toEqual(['manifest 200']);
  });

  it('are Forbidden also where the registry only says 401 to a new token', async () => {
    await using setup = await aWriter(['reader']);
    const challenge = `Bearer realm="${setup.registry.origin}/token",service="test"`;
    setup.registry.quirk = ({ method }) =>
      method === 'PUT'
        ? error(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge })
        : undefined;
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({ reason: 'Forbidden' });
    expect(setup.news()).toEqual(['push 401', 'token 200', 'push 401']);
  });

  it('are passed over for others, which come first from then on', async () => {
    await using setup = await aWriter(['reader', 'pusher']);
    await setup.writer.put(image, KEEP, never);
    expect(setup.news()).toEqual(['push 401', 'token 200', 'push 401', 'token 200', 'push 201']);
    await setup.writer.put(image, KEEP, never);
    expect(setup.news()).toEqual(['push 201']);
  });

  it('are all named when none of them may', async () => {
    await using setup = await aWriter(['reader', 'pusher']);
    await expect(setup.writer.deleteTag('v1', never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('tried with Secret shop/reader, Secret shop/pusher'),
    });
  });

  it('are declined a mount, whose blob can be copied instead', async () => {
    const granted = (_: string, repository: string) =>
      repository === 'vault/checkout' ? ['pull', 'push'] : [];
    await using setup = await aWriter(['pusher'], { scheme: 'bearer', users: PASSWORDS, granted });
    expect(await setup.open('vault/checkout').mountBlob(config.digest, 'shop/checkout', never)).toBe(false);
  });
});

describe('a registry with passwords', () => {
  it('that answers 403 DENIED forbids, in its own words', async () => {
    await using setup = await aWriter(['reader'], { scheme: 'basic', users: PASSWORDS });
    setup.registry.quirk = ({ headers, method }) =>
      method === 'PUT' && headers.authorization !== undefined
        ? error(403, 'DENIED', 'the tag is protected')
        : undefined;
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringMatching(/403: DENIED the tag is protected; tried with Secret shop\/reader/),
    });
    expect(setup.news()).toEqual(['push 401', 'push 403']);
  });

  it('that does not know the password is Unauthorized', async () => {
    await using setup = await aWriter(['reader'], { scheme: 'basic', users: { reader: 'changed' } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining('check that it may push and has not expired'),
    });
  });
});

it.each<{ kind: string; protection: Protection }>([
  { kind: 'passwords', protection: { scheme: 'basic', users: PASSWORDS } },
  { kind: 'tokens', protection: TOKENS },
])('without credentials a registry with $kind is Unauthorized', async ({ protection }) => {
  await using setup = await aWriter([], protection);
  await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
    reason: 'Unauthorized',
    message: expect.stringContaining('no credentials match this repository'),
  });
});
