import { describe, expect, it } from 'vitest';
import { uploadLocation } from '../../../../src/adapters/oci-registry/upload-location.ts';
import { content } from '../../../support/oci-content.ts';
import { aClient, login, never, plain } from '../../../support/oci-registry-client.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const layer = content('application/octet-stream', Buffer.alloc(300_000, 'layer'));
const blob = { digest: layer.digest, size: layer.bytes.length };
const access = { namespace: 'shop', imagePullSecrets: ['regcred'] };

/** A blob in one registry, and a writer of another, which has nothing. */
async function aCopy() {
  const source = await ScriptedRegistry.start();
  const target = await ScriptedRegistry.start();
  source.put(layer);
  const secrets = { regcred: { [target.host]: login('alice', 'a') } };
  const client = aClient({ settings: plain(source, target), secrets });
  const open = ({ host }: ScriptedRegistry) =>
    client.registry.openForWriting(`${host}/shop/checkout`, access);
  const writer = open(target);
  return {
    ...{ client, source, target, writer },
    copy: (signal = never) => writer.copyBlob(blob, open(source), signal),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

/** Gives these answers, one a request, to the requests of this kind. */
function answering(registry: ScriptedRegistry, method: string, ...answers: readonly Answer[]): void {
  const left = [...answers];
  registry.quirk = (request) => (request.method === method ? left.shift() : undefined);
}

const END = `digest=${blob.digest}`;

describe('a copied blob', () => {
  it('arrives whole, in one part of a known length', async () => {
    await using setup = await aCopy();
    await setup.copy();
    expect(setup.target.bytesOf(blob.digest)).toEqual(layer.bytes);
    expect(setup.target.requests).toEqual([
      ...[`HEAD blobs/${blob.digest}`, 'POST blobs/uploads/'],
      `PUT blobs/uploads/upload-1?${END}`,
    ]);
    expect(setup.source.requests).toEqual([`GET blobs/${blob.digest}`]);
    expect(setup.target.received.at(-1)?.headers).toMatchObject({
      'content-length': `${blob.size}`,
      'content-type': 'application/octet-stream',
    });
    expect(setup.client.requests.map(({ operation }) => operation)).toContain('upload');
  });

  it('of no bytes arrives too', async () => {
    const empty = content('application/octet-stream', Buffer.alloc(0));
    await using setup = await aCopy();
    setup.source.put(empty);
    const source = setup.client.registry.openForWriting(`${setup.source.host}/shop/checkout`, access);
    await setup.writer.copyBlob({ digest: empty.digest, size: 0 }, source, never);
    expect(setup.target.bytesOf(empty.digest)).toEqual(empty.bytes);
  });

  it('that is there is not copied', async () => {
    await using setup = await aCopy();
    setup.target.put(layer);
    await setup.copy();
    expect(setup.target.requests).toEqual([`HEAD blobs/${blob.digest}`]);
    expect(setup.source.received).toEqual([]);
  });

  it('is uploaded with a token that was asked for before a byte was sent', async () => {
    await using setup = await aCopy();
    setup.target.protection = { scheme: 'bearer', users: { alice: 'a' } };
    await setup.copy();
    expect(setup.target.bytesOf(blob.digest)).toEqual(layer.bytes);
    expect(setup.target.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });

  it('is Forbidden to who may not push, and read from nowhere', async () => {
    await using setup = await aCopy();
    setup.target.protection = { scheme: 'bearer', users: { alice: 'a' }, granted: () => ['pull'] };
    await expect(setup.copy()).rejects.toMatchObject({ reason: 'Forbidden' });
    expect(setup.source.received).toEqual([]);
  });
});

describe('bytes that are not those of the blob', () => {
  it.each([
    { what: 'others', bytes: Buffer.alloc(blob.size) },
    { what: 'fewer', bytes: layer.bytes.subarray(1) },
    { what: 'more', bytes: Buffer.concat([layer.bytes, Buffer.from('x')]) },
  ])('($what) never get to be a blob, and the upload is given up', async ({ bytes }) => {
    await using setup = await aCopy();
    answering(setup.source, 'GET', { status: 200, body: bytes });
    await expect(setup.copy()).rejects.toMatchObject({ reason: 'DigestMismatch' });
    expect(setup.target.bytesOf(blob.digest)).toBeUndefined();
    expect(setup.target.requests.at(-1)).toBe('DELETE blobs/uploads/upload-1');
    expect(setup.target.openUploads).toBe(0);
    expect(setup.source.requests).toHaveLength(1);
  });
});

describe('a broken copy', () => {
  it.each<{ where: string; method: string; answer: Answer }>([
    { where: 'when the upload begins', method: 'POST', answer: { status: 500 } },
    { where: 'when the bytes are sent', method: 'PUT', answer: 'reset' },
    { where: 'after the bytes were sent', method: 'PUT', answer: { status: 502 } },
  ])('begins again $where', async ({ answer, method }) => {
    await using setup = await aCopy();
    answering(setup.target, method, answer);
    await setup.copy();
    expect(setup.target.bytesOf(blob.digest)).toEqual(layer.bytes);
    expect(setup.target.openUploads).toBe(0);
  });

  it.each<{ how: string; answer: Answer }>([
    { how: 'does not answer', answer: 'reset' },
    { how: 'breaks off in the middle', answer: 'cut' },
  ])('begins again when the source $how, three times at most', async ({ answer }) => {
    await using setup = await aCopy();
    answering(setup.source, 'GET', answer);
    await setup.copy();
    expect(setup.target.bytesOf(blob.digest)).toEqual(layer.bytes);
    await using other = await aCopy();
    other.source.quirk = () => answer;
    await expect(other.copy()).rejects.toMatchObject({ reason: 'Unavailable' });
    expect(other.source.requests).toHaveLength(3);
    expect(other.target.openUploads).toBe(0);
  });

  it('is about the source where the source does not have the blob', async () => {
    await using setup = await aCopy();
    setup.source.quirk = () => error(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    await expect(setup.copy()).rejects.toMatchObject({
      reason: 'NotFound',
      message: expect.stringContaining(`${setup.source.host}/shop/checkout`),
    });
  });

  it('rejects with the reason of its signal', async () => {
    await using setup = await aCopy();
    const reason = new Error('enough');
    const controller = new AbortController();
    setup.source.quirk = () => {
      controller.abort(reason);
      return 'hang';
    };
    await expect(setup.copy(controller.signal)).rejects.toBe(reason);
  });

  it('is refused as any write is', async () => {
    await using setup = await aCopy();
    setup.target.rules.readOnly = true;
    await expect(setup.copy()).rejects.toMatchObject({ reason: 'ReadOnly' });
    expect(setup.source.received).toEqual([]);
  });
});

describe('the address of an upload', () => {
  it('keeps the query that the registry has put there, as it is written', async () => {
    await using setup = await aCopy();
    const query = '_state=a%20b~c%2B%3D&part';
    setup.target.rules.uploadLocation = (path) => `${path}?${query}`;
    await setup.copy();
    expect(setup.target.requests.at(-1)).toBe(`PUT blobs/uploads/upload-1?${query}&${END}`);
  });

  it('may be absolute', async () => {
    await using setup = await aCopy();
    setup.target.rules.uploadLocation = (path) => `${setup.target.origin}${path}`;
    await setup.copy();
    expect(setup.target.bytesOf(blob.digest)).toEqual(layer.bytes);
  });

  it('gets no credentials at another origin', async () => {
    await using storage = await ScriptedRegistry.start();
    storage.quirk = () => ({ status: 201 });
    await using setup = await aCopy();
    setup.target.protection = { scheme: 'bearer', users: { alice: 'a' } };
    setup.target.rules.uploadLocation = () => `${storage.origin}/bucket?signature=x`;
    await setup.copy();
    expect(storage.requests).toEqual([`PUT /bucket?signature=x&${END}`]);
    expect(storage.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    { says: 'http://registry.example/v2/x?_state=1', is: 'https://registry.example/v2/x?_state=1' },
    { says: 'http://registry.example/v2//x', is: 'https://registry.example/v2//x' },
    { says: 'https://storage.example/x', is: 'https://storage.example/x' },
    { says: '/v2/x', is: 'https://registry.example/v2/x' },
    { says: 'x', is: 'https://registry.example/v2/shop/blobs/uploads/x' },
  ])('is $is where a registry behind TLS says $says', ({ is, says }) => {
    const begun = new URL('https://registry.example/v2/shop/blobs/uploads/');
    expect(uploadLocation(says, begun).href).toBe(is);
  });

  it.each([undefined, 'http://'])('is Malformed as %s', async (location) => {
    await using setup = await aCopy();
    const headers: Record<string, string> = location === undefined ? {} : { location };
    answering(setup.target, 'POST', { status: 202, headers });
    await expect(setup.copy()).rejects.toMatchObject({ reason: 'Malformed' });
    expect(setup.source.received).toEqual([]);
  });
});

describe('a mount', () => {
  it('names the blob and where it is, and copies nothing', async () => {
    await using setup = await aCopy();
    setup.target.put(layer);
    expect(await setup.writer.mountBlob(blob.digest, 'shop/cart', never)).toBe(true);
    const [request] = setup.target.received;
    const { pathname, searchParams } = new URL(request?.path ?? '', setup.target.origin);
    expect(`${request?.method} ${pathname}`).toBe('POST /v2/shop/checkout/blobs/uploads/');
    expect(Object.fromEntries(searchParams)).toEqual({ mount: blob.digest, from: 'shop/cart' });
    expect(setup.client.requests).toEqual([{ operation: 'mount', status: 201 }]);
  });

  it('that is declined leaves no upload behind', async () => {
    await using setup = await aCopy();
    setup.target.put(layer);
    setup.target.rules.mounts = false;
    expect(await setup.writer.mountBlob(blob.digest, 'shop/cart', never)).toBe(false);
    expect(setup.target.requests.at(-1)).toBe('DELETE blobs/uploads/upload-1');
    expect(setup.target.openUploads).toBe(0);
  });

  it.each<{ why: string; method: string; answer: Answer }>([
    { why: 'cannot be given up', method: 'DELETE', answer: error(405, 'UNSUPPORTED', 'no') },
    { why: 'has no address', method: 'POST', answer: { status: 202 } },
  ])('is declined no less when its upload $why', async ({ answer, method }) => {
    await using setup = await aCopy();
    answering(setup.target, method, answer);
    expect(await setup.writer.mountBlob(blob.digest, 'shop/cart', never)).toBe(false);
  });

  it('is refused as any write is', async () => {
    await using setup = await aCopy();
    setup.target.rules.readOnly = true;
    const mounted = setup.writer.mountBlob(blob.digest, 'shop/cart', never);
    await expect(mounted).rejects.toMatchObject({ reason: 'ReadOnly' });
  });
});

it('a crowd of copies within one registry does not wait for itself', async () => {
  await using setup = await aCopy();
  const copies = Array.from({ length: 20 }, (_, number) =>
    content('application/octet-stream', Buffer.alloc(200_000, `layer ${number}`)),
  );
  const { client, target } = setup;
  // It says of each that it is not there, so that all are read from and written to the same registry at once.
  target.put(...copies);
  target.quirk = ({ method }) => (method === 'HEAD' ? { status: 404 } : undefined);
  const source = client.registry.openForWriting(`${target.host}/shop/cart`, access);
  const written = copies.map(({ bytes, digest }) =>
    setup.writer.copyBlob({ digest, size: bytes.length }, source, never),
  );
  await expect(Promise.all(written)).resolves.toHaveLength(20);
});
