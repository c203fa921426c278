import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullAccess, RepositoryReader } from '../../src/ports/registry.ts';
import { findBinaries } from '../cluster/binaries.ts';
import { pushImage } from '../cluster/images/push-image.ts';
import { Registry } from '../cluster/registry.ts';
import { claimSite, type Site } from '../cluster/site.ts';
import { anImage, anIndex, aReferrer, type Content } from '../support/oci-content.ts';
import { aClient, type Harness, login, never, PLAIN } from '../support/oci-registry-client.ts';
import { TokenServer } from '../support/token-server.ts';

// The real registry, CNCF distribution 3.1, which has no referrers API and takes no sha512 manifests.

const REPOSITORY = 'shop/checkout';
/** `secret`, by bcrypt with few rounds. */
const HTPASSWD = 'operator:$2a$04$/5D72IZ8CcRxx3T2XpbkierTYxNxMTOsdOYHMhQ0A8U6W89Y8bhrG\n';

const { config, manifest: image } = anImage('checkout');
const index = anIndex([image]);
const bundles = ['signature', 'provenance', 'sbom', 'scan', 'vex', 'summary'].map((name) =>
  aReferrer(image, name),
);
const signature = anImage('signature of the first layout');
const discoveryTag = image.digest.replace(':', '-');
const missing = `sha256:${'0'.repeat(64)}`;
const access: PullAccess = { namespace: 'shop', imagePullSecrets: ['regcred'] };

let site: Site;
let binary: string;
let address: string;

const push = (url: string, manifest: Content, blobs: readonly Content[], ...tags: readonly string[]) => {
  const toBlob = ({ bytes, digest, mediaType }: Content) => ({ mediaType, digest, content: bytes });
  return pushImage(url, REPOSITORY, { manifest: toBlob(manifest), blobs: blobs.map(toBlob) }, tags);
};

beforeAll(async () => {
  ({ registry: binary } = await findBinaries(['registry'], () => undefined));
  site = await claimSite();
  await using registry = new Registry(site, binary);
  await registry.start();
  address = registry.address;
  await push(registry.url, image, [config], '1.42.0');
  await push(registry.url, index, []);
  for (const { config, layer, manifest } of bundles) await push(registry.url, manifest, [config, layer]);
  await push(registry.url, anIndex(bundles.map(({ manifest }) => manifest)), [], discoveryTag);
  await push(registry.url, signature.manifest, [signature.config], `${discoveryTag}.sig`);
  await registry.daemon.stop();
});

afterAll(async () => {
  await site?.release();
});

/** Starts the registry with what has been pushed, and a client of it; both go with the test. */
async function serve({ auth, password }: { auth?: object; password?: string } = {}) {
  const registry = new Registry(site, binary, { auth });
  await registry.start();
  const secrets = password === undefined ? {} : { regcred: { [address]: login('operator', password) } };
  const client = aClient({ settings: { [address]: PLAIN }, secrets });
  return {
    client,
    reader: client.open(`${address}/${REPOSITORY}`, access),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry.daemon.kill();
    },
  };
}

/** Everything that may prove something about an image, in every layout. */
async function readEvidence(reader: RepositoryReader) {
  await reader.manifest(image.digest, never);
  const referrers = await reader.referrers(image.digest, 100, never);
  const blobs = await Promise.all(
    referrers.map(async (descriptor) => {
      const { layers = [] } = await reader.referrer(descriptor, image.digest, never);
      return await Promise.all(layers.map((layer) => reader.blob(layer, 1_000, never)));
    }),
  );
  const legacy = await Promise.all(
    (['sig', 'att', 'sbom'] as const).map((kind) => reader.legacy(image.digest, kind, never)),
  );
  return { bundles: blobs.flat().length, legacy: legacy.map((found) => found !== undefined) };
}

const statuses = ({ requests }: Harness) => requests.map(({ operation, status }) => `${operation} ${status}`);

describe('distribution 3.1', () => {
  it('gives manifests, indexes and blobs by their digest, and a tag', async () => {
    await using registry = await serve();
    const { reader } = registry;
    expect(await reader.manifest(image.digest, never)).toMatchObject({ config: { digest: config.digest } });
    expect(await reader.manifest(index.digest, never)).toMatchObject({
      manifests: [{ digest: image.digest }],
    });
    expect(await reader.tagged('1.42.0', never)).toMatchObject({ digest: image.digest });
    const blob = await reader.blob({ digest: config.digest, size: config.bytes.length }, 1_000, never);
    expect(Buffer.from(blob)).toEqual(config.bytes);
  });

  it('has no referrers API, so that the tag is read', async () => {
    await using registry = await serve();
    const found = await registry.reader.referrers(image.digest, 100, never);
    expect(found.map(({ digest }) => digest)).toEqual(bundles.map(({ manifest }) => manifest.digest));
    expect(statuses(registry.client)).toEqual(['referrers 404', 'manifest 200']);
    expect(await registry.reader.referrers(index.digest, 100, never)).toEqual([]);
  });

  it('says in its own words that something is not there', async () => {
    await using registry = await serve();
    const { client, reader } = registry;
    await expect(reader.manifest(missing, never)).rejects.toMatchObject({
      reason: 'NotFound',
      message: expect.stringContaining('it answers 404: MANIFEST_UNKNOWN manifest unknown'),
    });
    await expect(reader.tagged('none', never)).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(reader.blob({ digest: missing, size: 1 }, 1, never)).rejects.toMatchObject({
      reason: 'NotFound',
      message: expect.stringContaining('BLOB_UNKNOWN'),
    });
    await expect(client.open(`${address}/no/such`).tags(10, never)).rejects.toMatchObject({
      reason: 'NotFound',
      message: expect.stringContaining('NAME_UNKNOWN'),
    });
  });

  it('gives all the evidence of an image with 6 bundles in 18 requests', async () => {
    await using registry = await serve();
    expect(await readEvidence(registry.reader)).toEqual({ bundles: 6, legacy: [true, false, false] });
    expect(registry.client.requests).toHaveLength(18);
  });

  it('pages its tags', async () => {
    await using registry = await serve();
    // As many as a page holds and one more, put where the registry keeps them: pushing each would take its time.
    const folder = site.path('registry/data/docker/registry/v2/repositories', REPOSITORY, '_manifests/tags');
    const tags = Array.from({ length: 100 }, (_, number) => `many-${String(number).padStart(4, '0')}`);
    for (const tag of tags) await cp(join(folder, '1.42.0'), join(folder, tag), { recursive: true });
    const found = await registry.reader.tags(2_000, never);
    expect(found).toEqual(['1.42.0', ...tags, discoveryTag, `${discoveryTag}.sig`]);
    expect(statuses(registry.client)).toEqual(['tags 200', 'tags 200']);
  });
});

describe('distribution 3.1 with passwords', () => {
  const auth = async () => {
    await writeFile(site.path('htpasswd'), HTPASSWD);
    return { htpasswd: { realm: 'test', path: site.path('htpasswd') } };
  };

  it('is read with the Secret of the release', async () => {
    await using registry = await serve({ auth: await auth(), password: 'secret' });
    expect(await readEvidence(registry.reader)).toMatchObject({ bundles: 6 });
    expect(registry.client.requests).toHaveLength(19);
  });

  it.each([
    { with: 'another password', password: 'guess', words: 'tried with Secret shop/regcred' },
    { with: 'none', words: 'no credentials match this repository' },
  ])('refuses $with', async ({ password, words }) => {
    await using registry = await serve({ auth: await auth(), ...(password && { password }) });
    await expect(registry.reader.manifest(image.digest, never)).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringMatching(
        new RegExp(`it answers 401: UNAUTHORIZED authentication required; .*${words}`),
      ),
    });
  });
});

describe('distribution 3.1 with tokens', () => {
  it('is read with one token for each repository', async () => {
    await using realm = await TokenServer.start('operator', 'secret');
    await writeFile(site.path('jwks.json'), realm.jwks);
    await using registry = await serve({ auth: realm.auth(site.path('jwks.json')), password: 'secret' });
    expect(await readEvidence(registry.reader)).toMatchObject({ bundles: 6 });
    expect(registry.client.requests).toHaveLength(20);
    expect(realm.issued).toBe(1);
    await registry.client
      .open(`${address}/shop/cart`, access)
      .tags(1, never)
      .catch(() => undefined);
    expect(realm.issued).toBe(2);
  });

  it('refuses another password in the words of the realm', async () => {
    await using realm = await TokenServer.start('operator', 'other');
    await writeFile(site.path('jwks.json'), realm.jwks);
    await using registry = await serve({ auth: realm.auth(site.path('jwks.json')), password: 'secret' });
    await expect(registry.reader.manifest(image.digest, never)).rejects.toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining('incorrect username or password'),
    });
  });
});
