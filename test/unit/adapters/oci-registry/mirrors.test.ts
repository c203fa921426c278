import { describe, expect, it } from 'vitest';
import type { MirrorSettings } from '../../../../src/adapters/oci-registry/registry-settings.ts';
import { anImage, anIndex, aReferrer } from '../../../support/oci-content.ts';
import { aClient, type HarnessOptions, login, never, PLAIN } from '../../../support/oci-registry-client.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const referrer = aReferrer(image, 'signature').manifest;

async function aRegistry(): Promise<ScriptedRegistry> {
  const registry = await ScriptedRegistry.start();
  registry.put(image, config);
  registry.tag('1.42.0', image);
  registry.tag(image.digest.replace(':', '-'), anIndex([referrer]));
  return registry;
}

/** Two mirrors of one registry, in this order. */
async function mirrored(change: Partial<MirrorSettings> = {}, options: HarnessOptions = {}) {
  const [first, second, registry] = await Promise.all([aRegistry(), aRegistry(), aRegistry()]);
  const mirror = (location: string): MirrorSettings => ({ location, listings: false, ...change });
  const mirrors = [mirror(`${first.host}/cache`), mirror(second.host)];
  const settings = {
    [first.host]: PLAIN,
    [second.host]: PLAIN,
    [registry.host]: { plainHttp: true, mirrors },
  };
  const client = aClient({ settings, ...options });
  const asked = () => [first, second, registry].map(({ received }) => received.length);
  return {
    ...{ first, second, registry, client, asked },
    async [Symbol.asyncDispose]() {
      for (const one of [client, first, second, registry]) await one[Symbol.asyncDispose]();
    },
  };
}

describe('content by its digest', () => {
  it('is read from the first mirror, below its path', async () => {
    await using setup = await mirrored();
    const reader = setup.client.open(`${setup.registry.host}/shop/checkout`);
    expect(await reader.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
    await reader.blob({ digest: config.digest, size: config.bytes.length }, 1_000, never);
    expect(setup.asked()).toEqual([2, 0, 0]);
    expect(setup.first.received[0]?.path).toBe(`/v2/cache/shop/checkout/manifests/${image.digest}`);
  });

  it.each([
    { fails: 'does not have it', answer: error(404, 'MANIFEST_UNKNOWN', '') },
    { fails: 'refuses', answer: error(403, 'DENIED', '') },
    { fails: 'is throttled', answer: error(429, 'TOOMANYREQUESTS', '', { 'retry-after': '60' }) },
    { fails: 'breaks', answer: { status: 500 } },
    { fails: 'is not a registry', answer: { status: 200, body: '<html>' } },
    { fails: 'has other bytes under the digest', answer: { status: 200, body: '{}' } },
    { fails: 'cuts the connection', answer: 'reset' },
    { fails: 'does not answer', answer: 'hang' },
  ] satisfies { fails: string; answer: Answer }[])('is read elsewhere when a mirror $fails', async ({
    answer,
  }) => {
    await using setup = await mirrored({}, { limits: { callMs: 5_000, mirrorMs: 200, answerMs: 5_000 } });
    for (const mirror of [setup.first, setup.second]) mirror.quirk = () => answer;
    const reader = setup.client.open(`${setup.registry.host}/shop/checkout`);
    expect(await reader.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
    expect(setup.asked()).toEqual([1, 1, 1]);
  });

  it('is not looked for again at a mirror that was down', async () => {
    await using setup = await mirrored();
    setup.first.quirk = () => 'reset';
    const reader = setup.client.open(`${setup.registry.host}/shop/checkout`);
    await reader.manifest(image.digest, never);
    await reader.manifest(image.digest, never);
    expect(setup.asked()).toEqual([1, 2, 0]);
    await setup.client.open(`${setup.registry.host}/shop/checkout`).manifest(image.digest, never);
    expect(setup.asked()).toEqual([2, 3, 0]);
  });

  it('that nobody has is told about in the words of the registry, then of the mirrors', async () => {
    await using setup = await mirrored();
    setup.first.quirk = () => error(503, 'UNAVAILABLE', 'upgrade');
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(
      setup.client.open(`${setup.registry.host}/shop/checkout`).manifest(digest, never),
    ).rejects.toMatchObject({
      reason: 'NotFound',
      message: `${setup.registry.host}/shop/checkout: manifest ${digest}: it answers 404: MANIFEST_UNKNOWN unknown; mirror ${setup.first.host}/cache/shop/checkout: it answers 503: UNAVAILABLE upgrade`,
    });
  });
});

describe('what no digest proves', () => {
  it('is not asked of a mirror', async () => {
    await using setup = await mirrored();
    const reader = setup.client.open(`${setup.registry.host}/shop/checkout`);
    await reader.tagged('1.42.0', never);
    await reader.tags(10, never);
    await reader.referrers(image.digest, 10, never);
    await reader.legacy(image.digest, 'sig', never);
    expect(setup.asked()).toEqual([0, 0, 5]);
  });

  it('is asked of a mirror that is to be believed, and of the next where there is nothing', async () => {
    await using setup = await mirrored({ listings: true });
    setup.first.quirk = () => error(404, 'NAME_UNKNOWN', '');
    const reader = setup.client.open(`${setup.registry.host}/shop/checkout`);
    expect(await reader.referrers(image.digest, 10, never)).toMatchObject([{ digest: referrer.digest }]);
    expect(await reader.tagged('1.42.0', never)).toMatchObject({ digest: image.digest });
    expect(setup.asked()).toEqual([3, 3, 0]);
  });
});

it('a mirror never gets the credentials of the registry, and has its own', async () => {
  await using setup = await mirrored();
  const { first, registry, second } = setup;
  for (const mirror of [first, second]) mirror.protection = { scheme: 'basic', users: { mirror: 'm' } };
  registry.protection = { scheme: 'basic', users: { origin: 'o' } };
  const secrets = { regcred: { [registry.host]: login('origin', 'o'), [second.host]: login('mirror', 'm') } };
  const mirrors = [first.host, second.host].map((location) => ({ location, listings: false }));
  const settings = {
    [first.host]: PLAIN,
    [second.host]: PLAIN,
    [registry.host]: { plainHttp: true, mirrors },
  };
  await using client = aClient({ settings, secrets });
  const access = { namespace: 'shop', imagePullSecrets: ['regcred'] };
  await client.open(`${registry.host}/shop/checkout`, access).manifest(image.digest, never);
  expect(first.received.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(second.received.at(-1)?.headers.authorization).toBe(
    `Basic ${Buffer.from('mirror:m').toString('base64')}`,
  );
  expect(registry.received).toHaveLength(0);
});
