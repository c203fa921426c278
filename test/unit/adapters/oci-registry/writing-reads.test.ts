import { describe, expect, it } from 'vitest';
import { aReferrer, content, INDEX, MANIFEST } from '../../../support/oci-content.ts';
import { aClient, never, plain } from '../../../support/oci-registry-client.ts';
import { blob, config, image, other } from '../../../support/oci-repository.ts';
import { access, aWriter, KEEP, refused } from '../../../support/oci-writer.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

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
