import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { anImage, anIndex, aReferrer, type Content, content, INDEX } from '../../support/oci-content.ts';
import { aProtectedRegistry, type ProtectedRegistryOptions } from '../../support/protected-registry.ts';
import { error, type Protection } from '../../support/scripted-registry.ts';

const HOUR_S = 3_600;
const platforms = Array.from({ length: 40 }, (_, at) => anImage(`platform ${at}`));
const index = anIndex(platforms.map(({ manifest }) => manifest));

const USERS = { reader: 'r', pusher: 'p' };
const TOKENS: Protection = {
  ...{ scheme: 'bearer', users: USERS },
  granted: (user) => (user === 'pusher' ? ['pull', 'push', 'delete'] : ['pull']),
};

/** An index of 40 platforms under 1.42.0. */
async function aRegistry(options: Partial<ProtectedRegistryOptions> = {}) {
  const setup = await aProtectedRegistry({ digest: index.digest, ...options });
  for (const { config, manifest } of platforms) setup.registry.put(config, manifest);
  setup.registry.tag('1.42.0', index);
  return setup;
}

const keepTags = ({ tags }: { readonly tags: Readonly<Record<string, string>> }) =>
  Object.keys(tags).filter((tag) => tag.startsWith('keep.'));

describe('without credentials', () => {
  it('a release is told where they belong, asks a few times an hour, and goes on once they are there', async () => {
    await using setup = await aRegistry();
    setup.registry.protection = TOKENS;
    const requests = await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Unknown', reason: 'RegistryUnauthorized' });
    expect(setup.check()?.message).toMatch(
      new RegExp(
        `^${setup.repository}: .*no credentials match this repository; add a Secret to imagePullSecrets`,
      ),
    );
    expect(requests.length).toBeLessThanOrEqual(40);
    setup.know('pusher', 'p');
    await setup.cluster.clock.advance(300_000);
    await setup.protect();
    expect(setup.check()).toMatchObject({ reason: 'Protected' });
  });

  it('a public repository is read, and the release is told what it takes to push', async () => {
    await using setup = await aRegistry();
    setup.registry.protection = { scheme: 'bearer', granted: () => ['pull'] };
    const requests = await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Unknown', reason: 'RegistryUnauthorized', members: 41 });
    expect(setup.check()?.message).toMatch(/tag keep\..*; add a Secret to imagePullSecrets/);
    expect(requests.filter((request) => request.startsWith('PUT')).length).toBeLessThanOrEqual(160);
  });

  it('that may push, a release is told which right is missing, and pushes a few times an hour', async () => {
    await using setup = await aRegistry({ user: ['reader', 'r'] });
    setup.registry.protection = TOKENS;
    const requests = await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Refused', reason: 'RegistryForbidden' });
    expect(setup.check()?.message).toMatch(
      new RegExp(
        `^${setup.repository}: tag keep\\..*tried with Secret shop/push; give it the right to push, or name other credentials in the ArtifactRegistry`,
      ),
    );
    expect(requests.filter((request) => request.startsWith('PUT')).length).toBeLessThanOrEqual(160);
    expect(keepTags(setup.registry)).toEqual([]);
  });
});

describe('a registry that is read-only', () => {
  it('makes a release wait, and is asked again until it takes tags', async () => {
    await using setup = await aRegistry();
    setup.registry.rules.readOnly = true;
    const requests = await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Unknown', reason: 'RegistryReadOnly' });
    expect(setup.check()?.message).toMatch(new RegExp(`^${setup.repository}: .*405.*tried again`));
    expect(requests.filter((request) => request.startsWith('PUT')).length).toBeLessThanOrEqual(160);
    setup.registry.rules.readOnly = false;
    await setup.during(600);
    expect(setup.check()).toMatchObject({ state: 'Satisfied', reason: 'Protected' });
  });

  it('says nothing about what was read back before', async () => {
    await using setup = await aRegistry();
    await setup.protect();
    setup.registry.rules.readOnly = true;
    await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Satisfied', reason: 'Protected' });
    expect(keepTags(setup.registry)).toHaveLength(platforms.length + 1);
  });
});

it('a registry that says when to come back is left alone until then', async () => {
  await using setup = await aRegistry();
  setup.registry.quirk = () =>
    error(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.', { 'retry-after': '3000' });
  const requests = await setup.during(HOUR_S);
  expect(setup.check()).toMatchObject({
    ...{ state: 'Unknown', reason: 'RateLimited' },
    message: expect.stringContaining('You have reached your pull rate limit'),
  });
  expect(requests.length).toBeLessThanOrEqual(2);
  setup.registry.quirk = () => undefined;
  await setup.during(4_000);
  expect(setup.check()).toMatchObject({ reason: 'Protected' });
});

it('a pull-through cache takes no tags, and what to do instead is told', async () => {
  await using setup = await aRegistry();
  setup.registry.quirk = ({ method }) =>
    method === 'PUT' ? error(405, 'UNSUPPORTED', 'The operation is unsupported.') : undefined;
  const requests = await setup.during(HOUR_S);
  expect(setup.check()).toMatchObject({ state: 'Refused', reason: 'RegistryUnsupported' });
  expect(setup.check()?.message).toMatch(
    new RegExp(`^${setup.repository}: .*UNSUPPORTED.*pull-through cache.*spec.protection.mode`),
  );
  expect(requests.filter((request) => request.startsWith('PUT')).length).toBeLessThanOrEqual(160);
});

it('a manifest that is too large is named with the limit, and read a few times an hour', async () => {
  const large = content(INDEX, Buffer.from(JSON.stringify({ padding: 'x'.repeat(4 * 1024 * 1024) })));
  await using setup = await aRegistry({ digest: large.digest });
  setup.registry.put(large);
  const requests = await setup.during(HOUR_S);
  expect(setup.check()).toMatchObject({ state: 'Refused', reason: 'ManifestTooLarge' });
  expect(setup.check()?.message).toMatch(
    new RegExp(`^${setup.repository}: manifest ${large.digest}: .*4194304 bytes`),
  );
  expect(requests.filter((request) => request.includes(large.digest)).length).toBeLessThanOrEqual(30);
});

describe('more artifacts than are kept', () => {
  const many = Array.from({ length: 501 }, (_, at) => aReferrer(index, `attached ${at}`));
  const artifacts: readonly Content[] = many.flatMap(({ config, layer, manifest }) => [
    config,
    layer,
    manifest,
  ]);

  it.each(['the referrers API', 'the referrers tag'])('by %s, are told as such', async (by) => {
    await using setup = await aRegistry();
    setup.registry.put(...artifacts);
    if (by === 'the referrers API') setup.registry.referrersApi = true;
    else setup.registry.tag(index.digest.replace(':', '-'), anIndex(many.map(({ manifest }) => manifest)));
    await setup.pass();
    expect(setup.check()).toMatchObject({ state: 'Refused', reason: 'ClosureTooLarge' });
    expect(setup.check()?.message).toMatch(
      new RegExp(
        `^${setup.repository}@.* has more than 500 .*remove some, or name the kinds to keep in spec.protection.artifactTypes`,
      ),
    );
    expect(keepTags(setup.registry)).toEqual([]);
  });

  it('take nothing from what was protected before they were attached', async () => {
    await using setup = await aRegistry();
    await setup.protect();
    setup.registry.put(...artifacts);
    setup.registry.tag(index.digest.replace(':', '-'), anIndex(many.map(({ manifest }) => manifest)));
    await setup.during(HOUR_S);
    expect(setup.check()).toMatchObject({ state: 'Refused', reason: 'ClosureTooLarge' });
    expect(setup.registry.tags[keepTag('aaaa1111', index.digest)]).toBe(index.digest);
    expect(keepTags(setup.registry)).toHaveLength(platforms.length + 1);
  });
});
