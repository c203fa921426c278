import { describe, expect, it } from 'vitest';
import { anImage, anIndex, content, INDEX, MANIFEST } from '../../../support/oci-content.ts';
import { aClient, never, plain } from '../../../support/oci-registry-client.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const blobOf = ({ bytes, digest }: { bytes: Buffer; digest: string }) => ({ digest, size: bytes.length });

/** A client and a registry with the image, which answers everything with `answer` if there is one. */
async function aRegistry(answer?: Answer) {
  const registry = await ScriptedRegistry.start();
  registry.put(image, config);
  registry.tag('1.42.0', image);
  if (answer !== undefined) registry.quirk = () => answer;
  const client = aClient({ settings: plain(registry) });
  const reader = client.open(`${registry.host}/shop/checkout`);
  return {
    registry,
    reader,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

describe('a manifest', () => {
  it('is read by its digest, in none but the types that have digests of their own', async () => {
    await using setup = await aRegistry();
    const read = await setup.reader.manifest(image.digest, never);
    expect(read).toMatchObject({
      digest: image.digest,
      mediaType: MANIFEST,
      layers: [],
      config: { digest: config.digest },
    });
    expect(Buffer.from(read.bytes)).toEqual(image.bytes);
    expect(setup.registry.requests).toEqual([`GET manifests/${image.digest}`]);
    expect(setup.registry.received[0]?.headers.accept?.split(', ')).toHaveLength(4);
  });

  it('is read by a digest of sha512', async () => {
    const { manifest } = anImage('long', 'sha512');
    await using setup = await aRegistry();
    setup.registry.put(manifest);
    expect(await setup.reader.manifest(manifest.digest, never)).toMatchObject({ digest: manifest.digest });
  });

  it('behind a tag has the digest of its bytes, whatever the header says', async () => {
    const headers = { 'content-type': MANIFEST, 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
    await using setup = await aRegistry({ status: 200, headers, body: image.bytes });
    expect(await setup.reader.tagged('1.42.0', never)).toMatchObject({ digest: image.digest });
  });

  it('that is an index has manifests and no layers', async () => {
    await using setup = await aRegistry();
    const index = anIndex([image]);
    setup.registry.put(index);
    const read = await setup.reader.manifest(index.digest, never);
    expect(read).toMatchObject({ mediaType: INDEX, manifests: [{ digest: image.digest }] });
    expect(read).not.toHaveProperty('layers');
  });

  it('of other bytes is a DigestMismatch, though the header claims the digest', async () => {
    const headers = { 'content-type': MANIFEST, 'docker-content-digest': image.digest };
    const body = image.bytes.toString().replace('"layers":[]', '"layers": []');
    await using setup = await aRegistry({ status: 200, headers, body });
    await expect(setup.reader.manifest(image.digest, never)).rejects.toMatchObject({
      reason: 'DigestMismatch',
      message: expect.stringContaining(
        `manifest ${image.digest}: its ${body.length} bytes have the digest sha256:`,
      ),
    });
    expect(setup.registry.received).toHaveLength(1);
  });

  it('over 4 MiB is TooLarge', async () => {
    const huge = content(MANIFEST, { schemaVersion: 2, annotations: { a: 'x'.repeat(4 * 1024 * 1024) } });
    await using setup = await aRegistry();
    setup.registry.put(huge);
    await expect(setup.reader.manifest(huge.digest, never)).rejects.toMatchObject({ reason: 'TooLarge' });
  });
});

describe('a manifest is Malformed', () => {
  const base = { schemaVersion: 2, mediaType: MANIFEST, layers: [] };
  const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  it.each([
    { when: 'it is not JSON', value: Buffer.from('<html>'), type: MANIFEST },
    { when: 'it is not an object', value: null, type: MANIFEST },
    { when: 'it is of schema 1', value: { schemaVersion: 1 }, type: schema1 },
    { when: 'its type is unknown', value: { schemaVersion: 2 }, type: 'application/json' },
    { when: 'it says another type than its registry', value: base, type: INDEX },
    { when: 'it is an index with layers', value: { ...base, mediaType: INDEX, manifests: [] }, type: INDEX },
    { when: 'it is an image with manifests', value: { ...base, manifests: [] }, type: MANIFEST },
    {
      when: 'a digest in it is of md5',
      value: { ...base, layers: [{ mediaType: 'a', digest: 'md5:00', size: 1 }] },
      type: MANIFEST,
    },
    {
      when: 'a size in it is negative',
      value: { ...base, layers: [{ mediaType: 'a', digest: image.digest, size: -1 }] },
      type: MANIFEST,
    },
  ])('if $when', async ({ type, value }) => {
    const broken = content(type, value);
    await using setup = await aRegistry();
    setup.registry.put(broken);
    await expect(setup.reader.manifest(broken.digest, never)).rejects.toMatchObject({ reason: 'Malformed' });
  });
});

describe('a blob', () => {
  it('is read whole', async () => {
    await using setup = await aRegistry();
    const read = await setup.reader.blob(blobOf(config), 1_000, never);
    expect(Buffer.from(read)).toEqual(config.bytes);
  });

  it('of sha512 is checked as well', async () => {
    const blob = content('text/plain', Buffer.from('hello'), 'sha512');
    await using setup = await aRegistry();
    setup.registry.put(blob);
    expect(Buffer.from(await setup.reader.blob(blobOf(blob), 5, never)).toString()).toBe('hello');
    setup.registry.quirk = () => ({ status: 200, body: 'jello' });
    await expect(setup.reader.blob(blobOf(blob), 5, never)).rejects.toMatchObject({
      reason: 'DigestMismatch',
    });
  });

  it('that is said to be above the limit is not asked for', async () => {
    await using setup = await aRegistry();
    await expect(setup.reader.blob(blobOf(config), config.bytes.length - 1, never)).rejects.toMatchObject({
      reason: 'TooLarge',
      message: expect.stringContaining(`blob ${config.digest}: it has ${config.bytes.length} bytes`),
    });
    expect(setup.registry.received).toHaveLength(0);
  });

  it('that is longer than it is said to be is given up', async () => {
    await using setup = await aRegistry({ status: 200, body: 'x'.repeat(1_000_000) });
    await expect(setup.reader.blob(blobOf(config), 1_000, never)).rejects.toMatchObject({
      reason: 'TooLarge',
    });
  });

  it('that is shorter than it is said to be is a DigestMismatch', async () => {
    await using setup = await aRegistry({ status: 200, body: config.bytes.subarray(1) });
    await expect(setup.reader.blob(blobOf(config), 1_000, never)).rejects.toMatchObject({
      reason: 'DigestMismatch',
    });
  });
});

describe('what a registry answers', () => {
  it.each([
    {
      answer: error(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
      reason: 'NotFound',
      words: 'it answers 404: MANIFEST_UNKNOWN manifest unknown',
    },
    { answer: error(404, 'NAME_UNKNOWN', 'two\nlines'), reason: 'NotFound', words: 'NAME_UNKNOWN two lines' },
    {
      answer: { status: 404, body: '<html>secret page</html>' },
      reason: 'NotFound',
      words: 'it answers 404',
    },
    {
      answer: error(400, 'DIGEST_INVALID', 'no'),
      reason: 'Malformed',
      words: 'it answers 400: DIGEST_INVALID no',
    },
    {
      answer: error(429, 'TOOMANYREQUESTS', 'slow down'),
      reason: 'Throttled',
      words: 'it answers 429: TOOMANYREQUESTS slow down',
    },
    { answer: { status: 304 }, reason: 'Malformed', words: 'a redirect that leads nowhere' },
  ])('$words is $reason', async ({ answer, reason, words }) => {
    await using setup = await aRegistry(answer);
    const read = setup.reader.manifest(image.digest, never);
    await expect(read).rejects.toMatchObject({ reason, message: expect.stringContaining(words) });
    await expect(read).rejects.toHaveProperty('message', expect.not.stringContaining('secret'));
    await expect(read).rejects.toHaveProperty(
      'message',
      expect.stringContaining(`${setup.registry.host}/shop/checkout: manifest`),
    );
  });
});

describe('tags', () => {
  it('are listed over all pages', async () => {
    await using setup = await aRegistry();
    for (const tag of ['a', 'b', 'c', 'd']) setup.registry.tag(tag, image);
    setup.registry.pageSize = 2;
    expect(await setup.reader.tags(5, never)).toEqual(['1.42.0', 'a', 'b', 'c', 'd']);
    expect(setup.registry.requests).toEqual([
      'GET tags/list?n=100',
      'GET tags/list?start=2',
      'GET tags/list?start=4',
    ]);
  });

  it('are as many as the caller can do with, in however small pages', async () => {
    await using setup = await aRegistry();
    for (let number = 1; number <= 150; number += 1) setup.registry.tag(`v${number}`, image);
    setup.registry.pageSize = 1;
    expect(await setup.reader.tags(20_000, never)).toHaveLength(151);
  });

  it('beyond the limit are TooLarge rather than a part of them', async () => {
    await using setup = await aRegistry();
    setup.registry.tag('a', image);
    await expect(setup.reader.tags(1, never)).rejects.toMatchObject({ reason: 'TooLarge' });
  });

  it.each([
    { when: 'it never ends', page: { link: '</v2/shop/checkout/tags/list?again>; rel="next"' } },
    { when: 'it goes on at another host', page: { link: '<https://evil.example.com/v2/>; rel="next"' } },
  ])('are Malformed if the list is one: $when', async ({ page }) => {
    await using setup = await aRegistry({ status: 200, headers: page, body: '{"tags":["a"]}' });
    await expect(setup.reader.tags(1_000, never)).rejects.toMatchObject({ reason: 'Malformed' });
    expect(setup.registry.received.length).toBeLessThanOrEqual(100);
  });

  it('of a repository without any are an empty list', async () => {
    await using setup = await aRegistry({ status: 200, body: '{"name":"a","tags":null}' });
    expect(await setup.reader.tags(1, never)).toEqual([]);
  });
});
