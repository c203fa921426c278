import { describe, expect, it } from 'vitest';
import {
  anImage,
  anIndex,
  aReferrer,
  BUNDLE,
  type Content,
  content,
  descriptorOf,
  INDEX,
  MANIFEST,
} from '../../../support/oci-content.ts';
import { aClient, never, plain } from '../../../support/oci-registry-client.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const bundles = ['signature', 'provenance', 'sbom'].map((name) => aReferrer(image, name));
const manifests = bundles.map(({ manifest }) => manifest);
const digests = manifests.map(({ digest }) => digest);
const referrersTag = image.digest.replace(':', '-');

async function aRegistry({ referrersApi }: { referrersApi: boolean }) {
  const registry = await ScriptedRegistry.start();
  registry.referrersApi = referrersApi;
  registry.put(image, config, ...bundles.flatMap(({ config, layer, manifest }) => [config, layer, manifest]));
  if (!referrersApi) registry.tag(referrersTag, anIndex(manifests));
  const client = aClient({ settings: plain(registry) });
  return {
    registry,
    reader: client.open(`${registry.host}/shop/checkout`),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

const onReferrers =
  (answer: Answer) =>
  ({ path }: { path: string }) =>
    path.includes('/referrers/') ? answer : undefined;

describe('referrers by the API', () => {
  it('are read over all pages, with no filter that the registry might understand in its own way', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    setup.registry.pageSize = 2;
    const found = await setup.reader.referrers(image.digest, 100, never);
    expect(found.map(({ digest }) => digest).sort()).toEqual([...digests].sort());
    expect(setup.registry.requests).toEqual([
      `GET referrers/${image.digest}`,
      `GET referrers/${image.digest}?start=2`,
    ]);
  });

  it('are none where the registry says so, and the tag is not asked', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    expect(await setup.reader.referrers(config.digest, 100, never)).toEqual([]);
    expect(setup.registry.received).toHaveLength(1);
  });

  it('beyond the limit are TooLarge, for a part of them would look like all', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    setup.registry.pageSize = 1;
    await expect(setup.reader.referrers(image.digest, 2, never)).rejects.toMatchObject({
      reason: 'TooLarge',
      message: expect.stringContaining('it has more than 2 referrers'),
    });
  });

  it('keep a descriptor whose artifactType says that it is empty: nothing in it is signed', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    const manifests = [{ ...descriptorOf(image), artifactType: 'application/vnd.oci.empty.v1+json' }];
    setup.registry.quirk = onReferrers({
      status: 200,
      headers: { 'content-type': INDEX },
      body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }),
    });
    expect(await setup.reader.referrers(image.digest, 100, never)).toHaveLength(1);
  });

  it('are Malformed when a later page is none', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    setup.registry.pageSize = 2;
    setup.registry.quirk = ({ path }) => (path.includes('start=2') ? { status: 404 } : undefined);
    await expect(setup.reader.referrers(image.digest, 100, never)).rejects.toMatchObject({
      reason: 'Malformed',
    });
  });
});

describe('referrers by the tag are read where the API', () => {
  it.each([
    { is: 'is missing, as in distribution', answer: { status: 404, body: '404 page not found\n' } },
    { is: 'is not allowed', answer: error(405, 'UNSUPPORTED', 'no') },
    { is: 'is not implemented', answer: { status: 501 } },
    { is: 'is an error of the request', answer: error(400, 'UNSUPPORTED', 'no') },
    {
      is: 'leads to a page for people, as in GHCR',
      answer: { status: 303, headers: { location: 'https://example.com/' } },
    },
    {
      is: 'is a page for people',
      answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    },
    { is: 'is something else in JSON', answer: { status: 200, body: '{"message":"hello"}' } },
  ] satisfies { is: string; answer: Answer }[])('$is', async ({ answer }) => {
    await using setup = await aRegistry({ referrersApi: false });
    setup.registry.quirk = onReferrers(answer);
    const found = await setup.reader.referrers(image.digest, 100, never);
    expect(found.map(({ digest }) => digest)).toEqual(digests);
    expect(setup.registry.requests).toEqual([
      `GET referrers/${image.digest}`,
      `GET manifests/${referrersTag}`,
    ]);
  });
});

describe('referrers by the tag', () => {
  it.each([
    { when: 'are throttled', answer: error(429, 'TOOMANYREQUESTS', ''), reason: 'Throttled' },
    { when: 'are refused', answer: error(403, 'DENIED', ''), reason: 'Unauthorized' },
    { when: 'break', answer: error(500, 'UNKNOWN', ''), reason: 'Unavailable' },
  ])('are not asked for when those of the API $when: that is not an answer', async ({ answer, reason }) => {
    await using setup = await aRegistry({ referrersApi: false });
    setup.registry.quirk = onReferrers(answer);
    await expect(setup.reader.referrers(image.digest, 100, never)).rejects.toMatchObject({ reason });
    expect(setup.registry.requests.every((request) => request.startsWith('GET referrers/'))).toBe(true);
  });

  it('are asked for beside the API: what was attached before the registry had one', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    setup.registry.tag(referrersTag, anIndex(manifests.slice(0, 1)));
    const found = await setup.reader.referrersByTag(image.digest, 100, never);
    expect(found.map(({ digest }) => digest)).toEqual(digests.slice(0, 1));
  });

  it.each([
    { when: 'does not exist', target: undefined },
    { when: 'is a manifest', target: manifests[0] },
  ])('are none when the tag $when', async ({ target }) => {
    await using setup = await aRegistry({ referrersApi: true });
    if (target !== undefined) setup.registry.tag(referrersTag, target);
    expect(await setup.reader.referrersByTag(image.digest, 100, never)).toEqual([]);
  });

  it('are none when it is the subject itself, as in GitLab: the platforms of an index are not its referrers', async () => {
    const index = anIndex([image]);
    await using setup = await aRegistry({ referrersApi: false });
    setup.registry.tag(index.digest.replace(':', '-'), index);
    expect(await setup.reader.referrers(index.digest, 100, never)).toEqual([]);
  });

  it('of a sha512 digest are found by its first 64 digits', async () => {
    const { manifest } = anImage('long', 'sha512');
    await using setup = await aRegistry({ referrersApi: false });
    setup.registry.tag(`sha512-${manifest.digest.slice(7, 71)}`, anIndex(manifests));
    expect(await setup.reader.referrers(manifest.digest, 100, never)).toHaveLength(3);
  });

  it('beyond the limit are TooLarge', async () => {
    await using setup = await aRegistry({ referrersApi: false });
    await expect(setup.reader.referrers(image.digest, 2, never)).rejects.toMatchObject({
      reason: 'TooLarge',
    });
  });
});

describe('a referrer', () => {
  const referrer = (manifest: Content) => descriptorOf(manifest);

  it('is read with its layers', async () => {
    await using setup = await aRegistry({ referrersApi: true });
    const read = await setup.reader.referrer(referrer(manifests[0] ?? image), image.digest, never);
    expect(read).toMatchObject({
      artifactType: BUNDLE,
      layers: [{ mediaType: BUNDLE }],
      subject: { digest: image.digest },
    });
  });

  it.each([
    { what: 'another subject', subject: descriptorOf(anImage('other').manifest) },
    { what: 'no subject', subject: undefined },
  ])('of $what is Malformed, for anybody can list anything in a tag', async ({ subject }) => {
    const stranger = content(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, layers: [], subject });
    await using setup = await aRegistry({ referrersApi: true });
    setup.registry.put(stranger);
    await expect(setup.reader.referrer(referrer(stranger), image.digest, never)).rejects.toMatchObject({
      reason: 'Malformed',
      message: expect.stringContaining(`not ${image.digest}`),
    });
  });
});

describe('artifacts of cosign’s first layout', () => {
  it.each(['sig', 'att', 'sbom'] as const)('.%s are found by their tag, or are not there', async (kind) => {
    await using setup = await aRegistry({ referrersApi: false });
    expect(await setup.reader.legacy(image.digest, kind, never)).toBeUndefined();
    const signature = anImage(kind).manifest;
    setup.registry.tag(`${referrersTag}.${kind}`, signature);
    expect(await setup.reader.legacy(image.digest, kind, never)).toMatchObject({ digest: signature.digest });
  });

  it('are unknown when the registry cannot say', async () => {
    await using setup = await aRegistry({ referrersApi: false });
    setup.registry.quirk = () => error(403, 'DENIED', '');
    await expect(setup.reader.legacy(image.digest, 'sig', never)).rejects.toMatchObject({
      reason: 'Unauthorized',
    });
  });
});
