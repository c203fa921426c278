import { describe, expect, it } from 'vitest';
import { aClient, login, never, plain } from '../../../support/oci-registry-client.ts';
import { aRegistry, blob, config } from '../../../support/oci-repository.ts';
import { type Answer, error, type ReceivedRequest } from '../../../support/scripted-registry.ts';

const regcred = { namespace: 'shop', imagePullSecrets: ['regcred'] };

/** Answers blobs with a redirect. */
const redirecting =
  (location: string) =>
  ({ path }: ReceivedRequest): Answer | undefined =>
    path.includes('/blobs/') ? { status: 307, headers: { location } } : undefined;

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
