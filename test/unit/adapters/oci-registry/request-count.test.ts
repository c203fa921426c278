import { describe, expect, it } from 'vitest';
import type { RepositoryReader } from '../../../../src/ports/registry.ts';
import { anImage, anIndex, aReferrer } from '../../../support/oci-content.ts';
import { aClient, login, never, plain } from '../../../support/oci-registry-client.ts';
import { type Protection, ScriptedRegistry } from '../../../support/scripted-registry.ts';

const { manifest: image, config } = anImage('checkout');
const bundles = ['signature', 'provenance', 'sbom', 'scan', 'vex', 'summary'].map((name) =>
  aReferrer(image, name),
);
const access = { namespace: 'shop', imagePullSecrets: ['regcred'] };

async function aRegistry(protection: Protection, referrersApi: boolean): Promise<ScriptedRegistry> {
  const registry = await ScriptedRegistry.start();
  Object.assign(registry, { protection, referrersApi });
  registry.put(image, config, ...bundles.flatMap(({ config, layer, manifest }) => [config, layer, manifest]));
  if (!referrersApi)
    registry.tag(image.digest.replace(':', '-'), anIndex(bundles.map(({ manifest }) => manifest)));
  return registry;
}

/** Everything that may prove something about an image, in every layout. Returns the number of bundles. */
async function readEvidence(reader: RepositoryReader): Promise<number> {
  await reader.manifest(image.digest, never);
  const referrers = await reader.referrers(image.digest, 100, never);
  const layers = await Promise.all(
    referrers.map(async (descriptor) => {
      const { layers = [] } = await reader.referrer(descriptor, image.digest, never);
      return await Promise.all(layers.map((layer) => reader.blob(layer, 64 * 1024 * 1024, never)));
    }),
  );
  await Promise.all(
    (['sig', 'att', 'sbom'] as const).map((kind) => reader.legacy(image.digest, kind, never)),
  );
  return layers.flat().length;
}

const users = { alice: 'secret' };
const open: Protection = { scheme: 'none' };
const basic: Protection = { scheme: 'basic', users };
const bearer: Protection = { scheme: 'bearer', users };

describe('all the evidence of an image with 6 bundles takes', () => {
  it.each([
    // manifest, referrers, 6 manifests, 6 blobs, 3 tags of the legacy layout
    { of: 'an open registry with the referrers API', protection: open, api: true, first: 17, again: 17 },
    // and the referrers tag
    { of: 'an open registry', protection: open, api: false, first: 18, again: 18 },
    // and a 401
    { of: 'a registry with passwords', protection: basic, api: false, first: 19, again: 18 },
    // and a token
    { of: 'a registry with tokens', protection: bearer, api: false, first: 20, again: 18 },
  ])('$first requests of $of, then $again', async ({ again, api, first, protection }) => {
    await using registry = await aRegistry(protection, api);
    const secrets = { regcred: { [registry.host]: login('alice', 'secret') } };
    await using client = aClient({ settings: plain(registry), secrets });
    for (const expected of [first, again]) {
      registry.received.length = 0;
      expect(await readEvidence(client.open(`${registry.host}/shop/checkout`, access))).toBe(6);
      expect(registry.received).toHaveLength(expected);
    }
  });
});
