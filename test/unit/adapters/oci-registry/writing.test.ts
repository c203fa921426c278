import { describe, expect, it } from 'vitest';
import { anImage, anIndex, aReferrer, content, INDEX, MANIFEST } from '../../../support/oci-content.ts';
import { aClient, never, PLAIN, plain } from '../../../support/oci-registry-client.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const { manifest: other } = anImage('cart');
const blob = { digest: config.digest, size: config.bytes.length };
const access = { namespace: 'shop', imagePullSecrets: [] };
const KEEP = 'keep.cluster.checkout';

/** A registry with the image and its blob, which answers everything with `answer` if there is one, and a writer of it. */
async function aWriter(answer?: Answer) {
  const registry = await ScriptedRegistry.start();
  registry.put(config);
  registry.tag('v1', image);
  if (answer !== undefined) registry.quirk = () => answer;
  const client = aClient({ settings: plain(registry) });
  return {
    ...{ client, registry },
    writer: client.registry.openForWriting(`${registry.host}/shop/checkout`, access),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** What it is refused with: `words` are in the message. */
const refused = (reason: string, words = '') => ({ reason, message: expect.stringContaining(words) });

describe('a manifest that is stored', () => {
  it('under a tag arrives byte for byte, under its media type', async () => {
    await using setup = await aWriter();
    await setup.writer.put(image, KEEP, never);
    const [put] = setup.registry.received;
    expect(setup.registry.requests).toEqual([`PUT manifests/${KEEP}`]);
    expect(put?.headers).toMatchObject({
      'content-type': MANIFEST,
      'content-length': `${image.bytes.length}`,
    });
    expect(put?.bytes).toEqual(image.bytes);
    expect(setup.registry.tags).toMatchObject({ [KEEP]: image.digest });
  });

  it('without a tag is stored under its digest', async () => {
    await using setup = await aWriter();
    await setup.writer.put(image, undefined, never);
    expect(setup.registry.requests).toEqual([`PUT manifests/${image.digest}`]);
    expect(setup.registry.tags).toEqual({ v1: image.digest });
  });

  it('by sha512 goes under a tag as well, where the registry knows it by another digest', async () => {
    const { manifest } = anImage('checkout', 'sha512');
    await using setup = await aWriter();
    await setup.writer.put(manifest, KEEP, never);
    expect(await setup.writer.held(KEEP, manifest.digest, never)).toMatchObject({ digest: manifest.digest });
  });

  it.each([
    { which: 'whose blobs are not there', of: other, code: 'MANIFEST_BLOB_UNKNOWN' },
    { which: 'whose children are not there', of: anIndex([other]), code: 'MANIFEST_BLOB_UNKNOWN' },
  ])('$which is MissingContent', async ({ code, of }) => {
    await using setup = await aWriter();
    await expect(setup.writer.put(of, KEEP, never)).rejects.toMatchObject(refused('MissingContent', code));
    expect(setup.registry.requests).toHaveLength(1);
  });

  it.each(['BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'])('is MissingContent by the code %s too', async (code) => {
    await using setup = await aWriter(error(400, code, 'unknown to registry'));
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('MissingContent', code));
  });

  it.each([
    `sha256:${'0'.repeat(64)}`,
    'sha256:short',
    'none',
  ])('is Malformed where the registry says that it has stored %s', async (digest) => {
    await using setup = await aWriter({ status: 201, headers: { 'docker-content-digest': digest } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('Malformed'));
  });

  it('is not sent with bytes that are not its own', async () => {
    await using setup = await aWriter();
    const mixed = { ...image, bytes: other.bytes };
    await expect(setup.writer.put(mixed, KEEP, never)).rejects.toMatchObject(refused('DigestMismatch'));
    expect(setup.registry.received).toEqual([]);
  });

  it('needs no digest in the answer', async () => {
    await using setup = await aWriter({ status: 201 });
    await expect(setup.writer.put(image, KEEP, never)).resolves.toBeUndefined();
  });

  it('is stored again when the network breaks', async () => {
    await using setup = await aWriter();
    const answers: Answer[] = ['reset', { status: 500 }];
    setup.registry.quirk = () => answers.shift();
    await setup.writer.put(image, KEEP, never);
    expect(setup.registry.requests).toEqual(Array(3).fill(`PUT manifests/${KEEP}`));
    expect(setup.client.requests.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      'push undefined',
      'push 500',
      'push 201',
    ]);
  });

  it('is not sent where a redirect leads', async () => {
    await using elsewhere = await ScriptedRegistry.start();
    await using setup = await aWriter({ status: 307, headers: { location: `${elsewhere.origin}/here` } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('Malformed', '307'));
    expect(elsewhere.received).toEqual([]);
  });

  it('rejects with the reason of its signal', async () => {
    await using setup = await aWriter('hang');
    const reason = new Error('enough');
    const stored = setup.writer.put(image, KEEP, AbortSignal.abort(reason));
    await expect(stored).rejects.toBe(reason);
  });
});

describe('a refused write', () => {
  it.each<{ says: string; answer: Answer; reason: string; words: string }>([
    {
      says: 'method not allowed, in plain text',
      answer: { status: 405, headers: { 'content-type': 'text/plain' }, body: 'Method not allowed\n' },
      ...{ reason: 'ReadOnly', words: 'it answers 405' },
    },
    {
      says: 'not supported, as pull-through caches do',
      answer: error(405, 'UNSUPPORTED', 'The operation is unsupported.'),
      ...{ reason: 'Unsupported', words: 'UNSUPPORTED' },
    },
    { says: 'too large', answer: { status: 413 }, reason: 'TooLarge', words: '413' },
    {
      says: 'immutable, by 409',
      answer: error(409, 'CONFLICT', 'tag is immutable'),
      ...{ reason: 'Forbidden', words: 'tag is immutable' },
    },
    {
      says: 'immutable, by 412',
      answer: error(412, 'PRECONDITION', 'due to the immutable tag rule'),
      ...{ reason: 'Forbidden', words: 'immutable tag rule' },
    },
    {
      says: 'immutable, by 400',
      answer: error(400, 'TAG_INVALID', "the repository's tags are immutable"),
      ...{ reason: 'Forbidden', words: 'are immutable' },
    },
    {
      says: 'immutable, at the end of a long sentence',
      answer: error(400, 'TAG_INVALID', `in '${'team/'.repeat(80)}', where every tag is immutable.`),
      ...{ reason: 'Forbidden', words: 'TAG_INVALID' },
    },
    {
      says: 'of a repository with immutability',
      answer: error(400, 'FAILED_PRECONDITION', 'The repository has enabled tag immutability.'),
      ...{ reason: 'Forbidden', words: 'tag immutability' },
    },
    {
      says: 'locked, as Azure has it',
      answer: error(405, 'REGISTRY_DISALLOWED_OPERATION', 'The operation is disallowed on this image.'),
      ...{ reason: 'Forbidden', words: 'disallowed' },
    },
    { says: 'bad, and no more', answer: { status: 400 }, reason: 'Malformed', words: '400' },
    {
      says: 'no such repository',
      answer: error(404, 'NAME_UNKNOWN', 'no'),
      reason: 'NotFound',
      words: '404',
    },
  ])('$says: $reason', async ({ answer, reason, words }) => {
    await using setup = await aWriter(answer);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused(reason, words));
    expect(setup.registry.requests).toHaveLength(1);
  });

  it('repeats no words that are not known JSON', async () => {
    await using setup = await aWriter();
    setup.registry.rules.readOnly = true;
    await expect(setup.writer.put(image, KEEP, never)).rejects.toHaveProperty(
      'message',
      expect.not.stringContaining('Method not allowed'),
    );
  });

  it('names the repository and the tag', async () => {
    await using setup = await aWriter({ status: 405 });
    const words = new RegExp(`${setup.registry.host}/shop/checkout: .*${KEEP}`);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toThrow(words);
  });

  it('that is to wait long is the business of the caller', async () => {
    await using setup = await aWriter({ status: 429, headers: { 'retry-after': '60' } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Throttled',
      retryAfterMs: 60_000,
    });
    expect(setup.registry.requests).toHaveLength(1);
  });
});

describe('a deleted tag', () => {
  it('goes, and its manifest and other tags of it stay', async () => {
    await using setup = await aWriter();
    setup.registry.tag(KEEP, image);
    await setup.writer.deleteTag(KEEP, never);
    expect(setup.registry.requests).toEqual([`DELETE manifests/${KEEP}`]);
    expect(setup.registry.tags).toEqual({ v1: image.digest });
    expect(setup.registry.bytesOf(image.digest)).toEqual(image.bytes);
  });

  it('that does not exist is as good', async () => {
    await using setup = await aWriter();
    await expect(setup.writer.deleteTag(KEEP, never)).resolves.toBeUndefined();
  });

  it.each(['unsupported', 'disabled'] as const)('is Unsupported where deletion is %s', async (tagDelete) => {
    await using setup = await aWriter();
    setup.registry.rules.tagDelete = tagDelete;
    await expect(setup.writer.deleteTag('v1', never)).rejects.toMatchObject(refused('Unsupported'));
    expect(setup.registry.tags).toEqual({ v1: image.digest });
  });
});

describe('a deleted manifest', () => {
  it('takes every tag of it along', async () => {
    await using setup = await aWriter();
    setup.registry.tag(KEEP, image);
    await setup.writer.deleteManifest(image.digest, never);
    expect(setup.registry.tags).toEqual({});
    expect(setup.registry.bytesOf(image.digest)).toBeUndefined();
    await expect(setup.writer.deleteManifest(image.digest, never)).resolves.toBeUndefined();
  });

  it('is Unsupported where nothing can be deleted', async () => {
    await using setup = await aWriter();
    setup.registry.rules.tagDelete = 'disabled';
    const deleted = setup.writer.deleteManifest(image.digest, never);
    await expect(deleted).rejects.toMatchObject(refused('Unsupported', 'UNSUPPORTED'));
  });
});

describe('what a tag holds', () => {
  it('is read by the tag', async () => {
    await using setup = await aWriter();
    const held = await setup.writer.held('v1', image.digest, never);
    expect(held).toMatchObject({ digest: image.digest, mediaType: MANIFEST });
    expect(await setup.writer.tagged('v1', never)).toMatchObject({ digest: image.digest });
    expect(setup.registry.requests).toEqual(['GET manifests/v1', 'GET manifests/v1']);
  });

  it('is a DigestMismatch when it is something else, whatever the headers say', async () => {
    const headers = { 'content-type': MANIFEST, 'docker-content-digest': image.digest };
    await using setup = await aWriter({ status: 200, headers, body: other.bytes });
    const held = setup.writer.held('v1', image.digest, never);
    await expect(held).rejects.toMatchObject(refused('DigestMismatch', other.digest));
    const byDigest = setup.writer.manifest(image.digest, never);
    await expect(byDigest).rejects.toMatchObject(refused('DigestMismatch', other.digest));
  });

  it('is NotFound without the tag', async () => {
    await using setup = await aWriter();
    await expect(setup.writer.held(KEEP, image.digest, never)).rejects.toMatchObject(refused('NotFound'));
  });
});

describe('the tags', () => {
  it('come in pages of a thousand', async () => {
    await using setup = await aWriter();
    setup.registry.pageSize = 1;
    setup.registry.tag('v2', image);
    expect(await setup.writer.tags(2, never)).toEqual(['v1', 'v2']);
    expect(setup.registry.requests).toEqual(['GET tags/list?n=1000', 'GET tags/list?start=1']);
  });

  it('are none in a repository that does not exist', async () => {
    await using setup = await aWriter(error(404, 'NAME_UNKNOWN', 'repository name not known to registry'));
    expect(await setup.writer.tags(10, never)).toEqual([]);
  });

  it('are TooLarge beyond their limit', async () => {
    await using setup = await aWriter();
    setup.registry.tag('v2', image);
    await expect(setup.writer.tags(1, never)).rejects.toMatchObject(refused('TooLarge'));
  });

  it('come in as many pages as it takes where there are fifty on a page', async () => {
    await using setup = await aWriter();
    setup.registry.pageSize = 1;
    for (let at = 0; at < 600; at += 1) setup.registry.tag(`more-${at}`, image);
    expect(await setup.writer.tags(50_000, never)).toHaveLength(601);
  });

  it('have more time than another call, for they may be many pages', async () => {
    const limits = { callMs: 200, mirrorMs: 200, answerMs: 5_000 };
    await using registry = await ScriptedRegistry.start();
    registry.quirk = () => 'hang';
    await using client = aClient({ settings: plain(registry), limits });
    const writer = client.registry.openForWriting(`${registry.host}/shop/checkout`, access);
    const begun = performance.now();
    await expect(writer.tags(10, never)).rejects.toMatchObject(refused('Unavailable'));
    expect(performance.now() - begun).toBeGreaterThan(1_000);
  });
});

describe('referrers', () => {
  it('are those of the API, or unknown without it', async () => {
    const signature = aReferrer(image, 'signature').manifest;
    await using setup = await aWriter();
    setup.registry.put(signature);
    setup.registry.tag(image.digest.replace(':', '-'), content(INDEX, { schemaVersion: 2, manifests: [] }));
    expect(await setup.writer.referrersByApi(image.digest, 10, never)).toBeUndefined();
    setup.registry.referrersApi = true;
    const found = await setup.writer.referrersByApi(image.digest, 10, never);
    expect(found?.map(({ digest }) => digest)).toEqual([signature.digest]);
  });
});

describe('a blob', () => {
  it('is asked for by HEAD', async () => {
    await using setup = await aWriter();
    expect(await setup.writer.hasBlob(config.digest, never)).toBe(true);
    expect(await setup.writer.hasBlob(other.digest, never)).toBe(false);
    expect(setup.registry.requests).toEqual([`HEAD blobs/${config.digest}`, `HEAD blobs/${other.digest}`]);
  });

  it('may be in storage at another host, by HEAD too', async () => {
    await using storage = await ScriptedRegistry.start();
    storage.quirk = () => ({ status: 200 });
    await using setup = await aWriter({ status: 307, headers: { location: `${storage.origin}/bucket` } });
    expect(await setup.writer.hasBlob(config.digest, never)).toBe(true);
    expect(storage.requests).toEqual(['HEAD /bucket']);
  });

  it('is checked by reading all of it', async () => {
    await using setup = await aWriter();
    await expect(setup.writer.checkBlob(blob, never)).resolves.toBeUndefined();
    expect(setup.registry.requests).toEqual([`GET blobs/${config.digest}`]);
    const missing = setup.writer.checkBlob({ ...blob, digest: other.digest }, never);
    await expect(missing).rejects.toMatchObject(refused('NotFound'));
  });

  it.each([
    { what: 'other bytes', bytes: Buffer.alloc(config.bytes.length) },
    { what: 'fewer bytes', bytes: config.bytes.subarray(1) },
    { what: 'more bytes', bytes: Buffer.concat([config.bytes, Buffer.from('x')]) },
    { what: 'no bytes', bytes: Buffer.alloc(0) },
  ])('with $what is a DigestMismatch', async ({ bytes }) => {
    await using setup = await aWriter({ status: 200, body: bytes });
    await expect(setup.writer.checkBlob(blob, never)).rejects.toMatchObject(refused('DigestMismatch'));
    expect(setup.registry.requests).toHaveLength(1);
  });

  it('that breaks off is read again', async () => {
    await using setup = await aWriter();
    const answers: Answer[] = ['cut', 'cut'];
    setup.registry.quirk = () => answers.shift();
    await expect(setup.writer.checkBlob(blob, never)).resolves.toBeUndefined();
    expect(setup.registry.requests).toHaveLength(3);
  });

  it('has a second more for each MiB', async () => {
    const limits = { callMs: 200, mirrorMs: 200, answerMs: 5_000 };
    await using registry = await ScriptedRegistry.start();
    registry.quirk = () => 'hang';
    await using client = aClient({ settings: plain(registry), limits });
    const writer = client.registry.openForWriting(`${registry.host}/shop/checkout`, access);
    const size = 1024 * 1024;
    const begun = performance.now();
    await expect(writer.checkBlob({ ...blob, size }, never)).rejects.toMatchObject(refused('Unavailable'));
    expect(performance.now() - begun).toBeGreaterThan(1_100);
  });
});

it('nothing is asked of mirrors, which are not what is protected', async () => {
  await using mirror = await ScriptedRegistry.start();
  await using registry = await ScriptedRegistry.start();
  registry.put(config);
  const settings = {
    [mirror.host]: PLAIN,
    [registry.host]: { ...PLAIN, mirrors: [{ location: mirror.host, listings: true }] },
  };
  await using client = aClient({ settings });
  const writer = client.registry.openForWriting(`${registry.host}/shop/checkout`, access);
  await writer.put(image, KEEP, never);
  await writer.held(KEEP, image.digest, never);
  await writer.tags(10, never);
  await writer.checkBlob(blob, never);
  await writer.deleteTag(KEEP, never);
  expect(mirror.received).toEqual([]);
});
