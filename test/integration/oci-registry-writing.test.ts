import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullAccess } from '../../src/ports/registry.ts';
import { findBinaries } from '../cluster/binaries.ts';
import { pushImage } from '../cluster/images/push-image.ts';
import { Registry, type RegistryOptions } from '../cluster/registry.ts';
import { claimSite, type Site } from '../cluster/site.ts';
import { anImage, anIndex, type Content, content } from '../support/oci-content.ts';
import { aClient, login, never, PLAIN } from '../support/oci-registry-client.ts';
import { ScriptedRegistry } from '../support/scripted-registry.ts';
import { TokenServer } from '../support/token-server.ts';

// The real registries, CNCF distribution: what they answer to writes is what protection stands on.

const REPOSITORY = 'shop/checkout';
const VAULT = 'vault/checkout';

const { config, manifest: image } = anImage('checkout');
const { manifest: other } = anImage('cart');
const index = anIndex([image]);
const blob = { digest: config.digest, size: config.bytes.length };
const access: PullAccess = { namespace: 'shop', imagePullSecrets: ['regcred'] };

type Version = '3.1' | '2.8';

let site: Site;
let binaries: Readonly<Record<Version, string>>;

beforeAll(async () => {
  const found = await findBinaries(['registry', 'registry-2.8'], () => undefined);
  binaries = { '3.1': found.registry, '2.8': found['registry-2.8'] };
  site = await claimSite();
});

afterAll(async () => {
  await site?.release();
});

const toBlob = ({ bytes, digest, mediaType }: Content) => ({ mediaType, digest, content: bytes });

/** Starts an empty registry with one image in it under the tag `v1`; it goes with the test. */
async function serve(options: RegistryOptions = {}, version: Version = '3.1') {
  const data = site.path('registry/data');
  await rm(data, { recursive: true, force: true });
  const registry = new Registry(site, binaries[version]);
  await registry.start();
  await pushImage(registry.url, REPOSITORY, { manifest: toBlob(image), blobs: [toBlob(config)] }, ['v1']);
  if (Object.keys(options).length > 0) await registry.restart(options);
  const { address } = registry;
  const secrets = { regcred: { [address]: login('operator', 'secret') } };
  const client = aClient({ settings: { [address]: PLAIN }, secrets });
  const writerOf = (repository: string) => client.registry.openForWriting(`${address}/${repository}`, access);
  return {
    ...{ client, data, registry, writerOf },
    writer: writerOf(REPOSITORY),
    vault: writerOf(VAULT),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry.daemon.kill();
    },
  };
}

const missing = `sha256:${'0'.repeat(64)}`;

describe('distribution 3.1, written to', () => {
  it('holds a manifest under a tag, and says what the tag points at', async () => {
    await using served = await serve();
    const { writer } = served;
    await writer.put(image, 'keep.1', never);
    expect(await writer.held('keep.1', image.digest, never)).toMatchObject({ digest: image.digest });
    expect(await writer.tags(10, never)).toEqual(['keep.1', 'v1']);
    await expect(writer.held('keep.1', index.digest, never)).rejects.toMatchObject({
      reason: 'DigestMismatch',
    });
  });

  it('has no tags in a repository that does not exist', async () => {
    await using served = await serve();
    expect(await served.vault.tags(10, never)).toEqual([]);
  });

  it('loses one tag and keeps the others', async () => {
    await using served = await serve();
    const { writer } = served;
    await writer.put(image, 'keep.1', never);
    await writer.deleteTag('keep.1', never);
    await writer.deleteTag('keep.1', never);
    expect(await writer.tags(10, never)).toEqual(['v1']);
  });

  it('loses a manifest, and takes it again by its digest', async () => {
    await using served = await serve();
    const { writer } = served;
    await writer.deleteManifest(image.digest, never);
    await writer.deleteManifest(image.digest, never);
    await expect(writer.manifest(image.digest, never)).rejects.toMatchObject({ reason: 'NotFound' });
    await writer.put(image, undefined, never);
    expect(await writer.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it.each([
    { what: 'an image without its blobs', manifest: other },
    { what: 'an index without its children', manifest: anIndex([other]) },
  ])('does not take $what', async ({ manifest }) => {
    await using served = await serve();
    await expect(served.writer.put(manifest, 'keep.1', never)).rejects.toMatchObject({
      reason: 'MissingContent',
    });
  });

  it('mounts a blob of another repository, and declines one that is not there', async () => {
    await using served = await serve();
    const { vault } = served;
    expect(await vault.mountBlob(config.digest, REPOSITORY, never)).toBe(true);
    expect(await vault.hasBlob(config.digest, never)).toBe(true);
    expect(await vault.mountBlob(missing, REPOSITORY, never)).toBe(false);
    await vault.put(image, 'keep.1', never);
    expect(await vault.held('keep.1', image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it('is told to drop the upload that it opens where it declines to mount', async () => {
    await using served = await serve();
    await served.vault.mountBlob(missing, REPOSITORY, never);
    expect(statuses(served)).toEqual(['mount 202', 'delete 204']);
  });

  it('takes the copy of a blob, large or empty', async () => {
    await using served = await serve();
    const { registry, vault, writer } = served;
    const large = toContent(Buffer.alloc(5 * 1024 * 1024, 'large'));
    const empty = toContent(Buffer.alloc(0));
    await pushImage(registry.url, REPOSITORY, { manifest: toBlob(image), blobs: [large, empty].map(toBlob) });
    for (const { bytes, digest } of [large, empty, config]) {
      const request = { digest, size: bytes.length };
      await vault.copyBlob(request, writer, never);
      await vault.checkBlob(request, never);
      await vault.copyBlob(request, writer, never);
    }
  });

  it('takes more copies at once than it has connections', async () => {
    await using served = await serve();
    const { registry, vault, writer } = served;
    const blobs = Array.from({ length: 24 }, (_, n) => toContent(Buffer.alloc(256 * 1024, `blob ${n}`)));
    await pushImage(registry.url, REPOSITORY, { manifest: toBlob(image), blobs: blobs.map(toBlob) });
    const requests = blobs.map(({ bytes, digest }) => ({ digest, size: bytes.length }));
    await Promise.all(requests.map((request) => vault.copyBlob(request, writer, never)));
    for (const request of requests) expect(await vault.hasBlob(request.digest, never)).toBe(true);
  });

  it('is found out where its storage is corrupted, which a HEAD does not show', async () => {
    await using served = await serve();
    const { data, vault, writer } = served;
    await writer.checkBlob(blob, never);
    const hex = config.digest.slice('sha256:'.length);
    const file = join(data, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    await writeFile(file, Buffer.concat([Buffer.from('X'), config.bytes.subarray(1)]));
    expect(await writer.hasBlob(config.digest, never)).toBe(true);
    await expect(writer.checkBlob(blob, never)).rejects.toMatchObject({ reason: 'DigestMismatch' });
    await expect(vault.copyBlob(blob, writer, never)).rejects.toMatchObject({ reason: 'DigestMismatch' });
    expect(await vault.hasBlob(config.digest, never)).toBe(false);
    await writeFile(file, config.bytes.subarray(1));
    await expect(writer.checkBlob(blob, never)).rejects.toMatchObject({ reason: 'DigestMismatch' });
  });
});

describe('distribution 3.1 that restricts what is written', () => {
  it('without deletion keeps tags and manifests, and takes others under the tags', async () => {
    await using served = await serve({ deletes: false });
    const { writer } = served;
    await expect(writer.deleteTag('v1', never)).rejects.toMatchObject({
      reason: 'Unsupported',
      message: expect.stringContaining('it answers 405: UNSUPPORTED The operation is unsupported.'),
    });
    await expect(writer.deleteManifest(image.digest, never)).rejects.toMatchObject({ reason: 'Unsupported' });
    await writer.put(index, 'v1', never);
    expect(await writer.tagged('v1', never)).toMatchObject({ digest: index.digest });
  });

  it('read-only is ReadOnly to every write, and is read', async () => {
    await using served = await serve({ readOnly: true });
    const { vault, writer } = served;
    const readOnly = { reason: 'ReadOnly', message: expect.stringMatching(/it answers 405$/) };
    await expect(writer.put(image, 'keep.1', never)).rejects.toMatchObject(readOnly);
    await expect(vault.mountBlob(config.digest, REPOSITORY, never)).rejects.toMatchObject(readOnly);
    const large = toContent(Buffer.alloc(1));
    await expect(writer.copyBlob({ digest: large.digest, size: 1 }, writer, never)).rejects.toMatchObject(
      readOnly,
    );
    expect(await writer.held('v1', image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it('as a pull-through cache does not support it, and is read', async () => {
    await using upstream = await ScriptedRegistry.start();
    upstream.tag('v1', image);
    upstream.put(config);
    await using served = await serve({ cacheOf: upstream.origin });
    const { vault, writer } = served;
    const unsupported = { reason: 'Unsupported' };
    await expect(writer.put(image, 'keep.1', never)).rejects.toMatchObject(unsupported);
    await expect(vault.mountBlob(config.digest, REPOSITORY, never)).rejects.toMatchObject(unsupported);
    await expect(writer.deleteTag('v1', never)).rejects.toMatchObject(unsupported);
    expect(await writer.held('v1', image.digest, never)).toMatchObject({ digest: image.digest });
  });
});

describe('distribution 3.1 with tokens', () => {
  async function serveWithTokens(mayDo: (action: string, repository: string) => boolean) {
    const realm = await TokenServer.start('operator', 'secret', mayDo);
    await writeFile(site.path('jwks.json'), realm.jwks);
    const served = await serve({ auth: realm.auth(site.path('jwks.json')) });
    return {
      ...{ ...served, realm },
      async [Symbol.asyncDispose]() {
        await served[Symbol.asyncDispose]();
        await realm[Symbol.asyncDispose]();
      },
    };
  }

  it('that may only pull is read, and Forbidden to write with one refusal', async () => {
    await using served = await serveWithTokens((action) => action === 'pull');
    const { realm, writer } = served;
    await writer.held('v1', image.digest, never);
    expect(statuses(served)).toEqual(['manifest 401', 'token 200', 'manifest 200']);
    await expect(writer.put(image, 'keep.1', never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringMatching(/tried with Secret shop\/regcred; give it the right to push/),
    });
    expect(statuses(served).slice(3)).toEqual(['token 200', 'push 401']);
    await writer.held('v1', image.digest, never);
    expect(statuses(served).slice(5)).toEqual(['manifest 200']);
    expect(realm.issued).toBe(2);
  });

  it('that may push and not delete holds manifests and lets go of none', async () => {
    await using served = await serveWithTokens((action) => action !== 'delete');
    const { writer } = served;
    await writer.put(image, 'keep.1', never);
    await expect(writer.deleteTag('keep.1', never)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('give it the right to delete'),
    });
    await writer.put(index, 'keep.1', never);
  });

  it('mounts what it may pull, and has the rest copied', async () => {
    const isHere = (_: string, repository: string) => [REPOSITORY, VAULT].includes(repository);
    await using served = await serveWithTokens(isHere);
    const { vault, writer, writerOf } = served;
    expect(await vault.mountBlob(config.digest, REPOSITORY, never)).toBe(true);
    expect(await vault.mountBlob(config.digest, 'secret/checkout', never)).toBe(false);
    await expect(writerOf('secret/checkout').put(image, 'v1', never)).rejects.toMatchObject({
      reason: 'Forbidden',
    });
    const request = { digest: config.digest, size: config.bytes.length };
    await vault.copyBlob(request, writer, never);
    await vault.put(image, 'keep.1', never);
  });
});

describe('distribution 2.8', () => {
  it('deletes no tag alone, so that another manifest has to take its place', async () => {
    await using served = await serve({}, '2.8');
    const { writer } = served;
    await writer.put(image, 'keep.1', never);
    await expect(writer.deleteTag('keep.1', never)).rejects.toMatchObject({
      reason: 'Unsupported',
      message: expect.stringContaining('it answers 400: DIGEST_INVALID'),
    });
    await writer.put(index, 'keep.1', never);
    await writer.deleteManifest(index.digest, never);
    expect(await writer.tags(10, never)).toEqual(['v1']);
  });
});

type Served = Awaited<ReturnType<typeof serve>>;

const statuses = ({ client }: Pick<Served, 'client'>) =>
  client.requests.map(({ operation, status }) => `${operation} ${status}`);

const toContent = (bytes: Buffer): Content => content('application/octet-stream', bytes);
