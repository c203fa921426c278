import { describe, expect, it, onTestFinished } from 'vitest';
import { type ContentsQuestion, readContents } from '../../../src/verification/contents-reader.ts';
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
} from '../../support/oci-content.ts';
import { aClient, login, never, plain } from '../../support/oci-registry-client.ts';
import { type Answer, error, type Protection, ScriptedRegistry } from '../../support/scripted-registry.ts';

const MIB = 1024 * 1024;
const HTML: Answer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
const { manifest: image } = anImage('checkout');
const signature = aReferrer(image, 'signature');
const tagOf = ({ digest }: Content): string => digest.replace(':', '-');

/** A registry with the image, and what is asked of it. */
async function aRegistry() {
  const registry = await ScriptedRegistry.start();
  const secrets = { regcred: { [registry.host]: login('alice', 'secret') } };
  const client = aClient({ settings: plain(registry), secrets });
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  registry.put(image);
  const attach = (...all: readonly ReturnType<typeof aReferrer>[]): void => {
    for (const { config, layer, manifest } of all) registry.put(config, layer, manifest);
  };
  const reading = (asked: Partial<ContentsQuestion> = {}, signal = never) =>
    readContents(
      client.registry,
      {
        repository: `${registry.host}/shop/checkout`,
        digest: image.digest,
        access: { namespace: 'shop', imagePullSecrets: ['regcred'] },
        sources: [],
        platforms: [],
        ...asked,
      },
      signal,
    );
  const known = async (asked: Partial<ContentsQuestion> = {}) => {
    const answer = await reading(asked);
    return answer.known ? answer : expect.unreachable(answer.message);
  };
  return { registry, attach, reading, known };
}

/** An artifact attached to `subject` whose only layer says that it has so many bytes. */
const aLarge = (size: number, subject = image): Content =>
  content(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(signature.config),
    layers: [{ ...descriptorOf(content(BUNDLE, { size })), size }],
    subject: descriptorOf(subject),
  });

const digestsOf = (all: readonly { readonly digest: string }[]) => all.map(({ digest }) => digest);

describe('what is attached is read', () => {
  it('from a further repository, which need not have the artifact', async () => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    attach(signature);
    registry.quirk = ({ path }) => {
      const elsewhere = path.startsWith('/v2/shop/checkout/') && path.includes('/referrers/');
      const artifact = path === `/v2/shop/signatures/manifests/${image.digest}`;
      if (artifact) return error(404, 'MANIFEST_UNKNOWN', 'unknown');
      return elsewhere
        ? { status: 200, headers: { 'content-type': INDEX }, body: `${anIndex([]).bytes}` }
        : undefined;
    };
    expect((await known()).contents.attached).toEqual([]);
    const { contents } = await known({ sources: [`${registry.host}/shop/signatures`] });
    expect(contents).toEqual({
      subject: image.digest,
      attached: [
        {
          digest: signature.manifest.digest,
          foundAs: 'Referrer',
          subject: image.digest,
          layers: [
            {
              ...descriptorOf(signature.layer),
              annotations: {},
              content: expect.toSatisfy((bytes) => signature.layer.bytes.equals(bytes)),
            },
          ],
        },
      ],
    });
  });

  it('although a further repository is out of order, which is said', async () => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    attach(signature);
    registry.quirk = ({ path }) => (path.startsWith('/v2/shop/signatures/') ? { status: 503 } : undefined);
    const { contents } = await known({ sources: [`${registry.host}/shop/signatures`] });
    expect(contents).toMatchObject({
      attached: [{ digest: signature.manifest.digest }],
      unread: { reason: 'RegistryUnavailable', message: expect.stringContaining('/shop/signatures') },
    });
  });

  it("under cosign's tags alone", async () => {
    const { known, registry } = await aRegistry();
    const { manifest, layer } = aReferrer(image, 'legacy');
    registry.put(layer);
    registry.tag(`${tagOf(image)}.sig`, manifest);
    registry.tag(`${tagOf(image)}.att`, signature.manifest);
    const { contents } = await known();
    expect(contents.attached.map(({ foundAs }) => foundAs).sort()).toEqual([
      'AttestationTag',
      'SignatureTag',
    ]);
    expect(contents.unread).toBeUndefined();
  });

  it('with the subject that it names itself, whatever the list says', async () => {
    const { known, registry } = await aRegistry();
    const other = anImage('other').manifest;
    const { layer, manifest } = aReferrer(other, 'of another');
    registry.put(layer, manifest);
    registry.tag(tagOf(image), anIndex([manifest]));
    expect((await known()).contents.attached).toMatchObject([{ subject: other.digest }]);
  });

  it('of the platforms of an index that are asked about; of the others the digest is known', async () => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    const arm = anImage('arm').manifest;
    const buildkit = anImage('attestation').manifest;
    const index = content(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...descriptorOf(image), platform: { os: 'linux', architecture: 'amd64' } },
        { ...descriptorOf(arm), platform: { os: 'linux', architecture: 'arm64' } },
        { ...descriptorOf(buildkit), platform: { os: 'unknown', architecture: 'unknown' } },
      ],
    });
    registry.put(index);
    attach(signature, aReferrer(arm, 'of arm'));
    const { contents, children } = await known({ digest: index.digest, platforms: ['linux/amd64'] });
    expect(contents.attached).toEqual([]);
    expect(children).toMatchObject([
      { digest: image.digest, contents: { attached: [{ digest: signature.manifest.digest }] } },
      { digest: arm.digest, platform: 'linux/arm64' },
    ]);
    expect(children[1]).not.toHaveProperty('contents');
  });
});

describe('what is attached costs', () => {
  const bundles = Array.from({ length: 6 }, (_, index) => aReferrer(image, `${index}`));
  const users = { alice: 'secret' };

  it.each([
    ['an open registry with the referrers API', { scheme: 'none' }, true],
    ['a registry with tokens and the referrers API', { scheme: 'bearer', users }, true],
    ['a registry with tokens', { scheme: 'bearer', users }, false],
  ] satisfies [
    string,
    Protection,
    boolean,
  ][])('at most 20 requests of %s with 6 bundles', async (_, protection, referrersApi) => {
    const { attach, known, registry } = await aRegistry();
    Object.assign(registry, { protection, referrersApi });
    attach(...bundles);
    if (!referrersApi) registry.tag(tagOf(image), anIndex(bundles.map(({ manifest }) => manifest)));
    expect((await known()).contents.attached).toHaveLength(6);
    expect(registry.received.length).toBeLessThanOrEqual(20);
  });

  it('no request for a layer that is too large, whose content is absent', async () => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    attach(signature);
    const large = aLarge(64 * MIB + 1);
    registry.put(large);
    const { contents } = await known();
    expect(digestsOf(contents.attached).sort()).toEqual(digestsOf([large, signature.manifest]).sort());
    const [layer] = contents.attached.find(({ digest }) => digest === large.digest)?.layers ?? [];
    expect(layer).toEqual({
      ...descriptorOf(content(BUNDLE, { size: 64 * MIB + 1 })),
      size: 64 * MIB + 1,
      annotations: {},
    });
    expect(registry.requests.filter((request) => request.includes('blobs/'))).toEqual([
      `GET blobs/${signature.layer.digest}`,
    ]);
  });
});

describe('what cannot be read of it', () => {
  it.each([
    ['is out of reach', { status: 503 }],
    ['is a page for people', HTML],
  ] satisfies [
    string,
    Answer,
  ][])('is said when a later page of the list %s, and the rest is there', async (_, answer) => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    registry.pageSize = 1;
    attach(signature, aReferrer(image, 'provenance'));
    registry.tag(`${tagOf(image)}.sig`, signature.manifest);
    registry.quirk = ({ path }) => (path.includes('start=1') ? answer : undefined);
    expect((await known()).contents).toMatchObject({
      attached: [{ foundAs: 'SignatureTag' }],
      unread: { reason: 'RegistryUnavailable', message: expect.stringContaining('referrers of') },
    });
  });

  it.each([
    ['manifest', 'is none', HTML],
    ['manifest', 'is gone', error(404, 'MANIFEST_UNKNOWN', 'unknown')],
    ['layer', 'has another digest', { status: 200, body: 'x'.repeat(signature.layer.bytes.length) }],
  ] satisfies [
    'manifest' | 'layer',
    string,
    Answer,
  ][])('is no reason to doubt the rest when the %s of one %s', async (kind, _, answer) => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    const provenance = aReferrer(image, 'provenance');
    attach(signature, provenance);
    registry.quirk = ({ path }) => (path.endsWith(signature[kind].digest) ? answer : undefined);
    const { contents } = await known();
    expect(contents.unread).toBeUndefined();
    const read = contents.attached.filter(({ layers }) => layers.every((layer) => layer.content));
    expect(digestsOf(read)).toEqual([provenance.manifest.digest]);
  });

  it('is said when one of its layers finds no room beside the others', async () => {
    const { known, registry } = await aRegistry();
    registry.referrersApi = true;
    registry.put(aLarge(40 * MIB), aLarge(41 * MIB));
    expect((await known()).contents.unread).toMatchObject({
      reason: 'TooManyReferrers',
      message: expect.stringContaining('67108864 bytes'),
    });
  });

  it('is said when it has more layers than are read, as attestations without end under one tag', async () => {
    const { known, registry } = await aRegistry();
    const layers = Array.from({ length: 17 }, (_, index) => content(BUNDLE, { index }));
    registry.put(...layers);
    const manifest = content(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptorOf(signature.config),
      layers: layers.map(descriptorOf),
    });
    registry.tag(`${tagOf(image)}.att`, manifest);
    const { attached, unread } = (await known()).contents;
    expect(attached[0]?.layers).toHaveLength(16);
    expect(unread).toMatchObject({ reason: 'TooManyReferrers' });
  });

  it('is said when a layer is out of reach', async () => {
    const { attach, known, registry } = await aRegistry();
    registry.referrersApi = true;
    attach(signature);
    registry.quirk = ({ path }) => (path.includes('/blobs/') ? { status: 503 } : undefined);
    expect((await known()).contents.unread).toMatchObject({ reason: 'RegistryUnavailable' });
  });
});

describe('nothing is known of an artifact', () => {
  it.each([
    ['is out of reach', 'reset', { reason: 'RegistryUnavailable' }],
    ['is a page for people', HTML, { reason: 'RegistryUnavailable' }],
    [
      'has another digest',
      { status: 200, headers: { 'content-type': MANIFEST }, body: '{}' },
      { reason: 'RegistryUnavailable' },
    ],
    [
      'asks for a password that is not accepted',
      error(401, 'UNAUTHORIZED', 'no'),
      { reason: 'RegistryUnauthorized' },
    ],
    [
      'is asked for too often',
      error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '30' }),
      { reason: 'RateLimited', retryAfterMs: 30_000 },
    ],
  ] satisfies [string, Answer, object][])('whose manifest %s', async (_, answer, expected) => {
    const { reading, registry } = await aRegistry();
    registry.quirk = () => answer;
    expect(await reading()).toMatchObject({ known: false, ...expected });
  });

  it('once whoever asked has gone', async () => {
    const { reading } = await aRegistry();
    expect(await reading({}, AbortSignal.abort(new Error('stopping')))).toEqual({
      known: false,
      reason: 'RegistryUnavailable',
      message: 'stopping',
    });
  });
});

describe('the tag that is looked at', () => {
  it('is said as it is now: moved, absent, or not known, which is no reason to know less', async () => {
    const { known, registry } = await aRegistry();
    const { manifest: newer } = anImage('newer');
    registry.tag('v1', newer);
    expect((await known({ tag: 'v1' })).tagged).toBe(newer.digest);
    expect((await known({ tag: 'v2' })).tagged).toBe('absent');
    registry.quirk = ({ path }) => (path.endsWith('/v1') ? { status: 503 } : undefined);
    expect(await known({ tag: 'v1' })).not.toHaveProperty('tagged');
  });
});
