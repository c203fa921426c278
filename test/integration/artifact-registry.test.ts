import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { REGISTRY_KIND, REGISTRY_PLURAL, RegistrySpec } from '../../src/api/artifact-registry.ts';
import { GROUP, VERSION } from '../../src/api/artifact-release.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { kubectl } from '../support/kubectl.ts';
import { install } from '../support/manifests.ts';

const registries = { group: GROUP, version: VERSION, resource: REGISTRY_PLURAL };
const PEM = '-----BEGIN CERTIFICATE-----';
const configMap = { namespace: 'platform', name: 'ca' };

let api: ApiClient;

beforeAll(async () => {
  await install('crd');
  ({ api } = await sharedCluster());
});

const manifest = (spec: object) => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: REGISTRY_KIND,
  metadata: { name: 'main' },
  spec,
});

const dryRun = (spec: object) =>
  api.create<{ spec: unknown }>(resourcePath(registries), manifest(spec), {
    query: { fieldValidation: 'Strict', dryRun: 'All' },
  });

describe('an ArtifactRegistry', () => {
  it.each([
    { host: 'registry.example.com:5000' },
    { host: 'localhost', plainHttp: true },
    { host: 'docker.io', ca: { pem: PEM }, mirrors: [{ location: 'mirror.example.com/cache' }] },
    {
      host: 'docker.io',
      ca: { configMap },
      mirrors: [{ location: 'a.test' }, { location: 'b.test', listings: true }],
    },
    { host: 'docker.io', credentials: { secret: { namespace: 'platform', name: 'pull' } } },
  ])('%o gets the defaults that zod gives it', async (spec) => {
    expect((await dryRun(spec)).spec).toEqual(RegistrySpec.parse(spec));
  });

  it.each([
    { spec: {}, refusal: 'spec.host: Required value' },
    { spec: { host: 'https://registry.example.com' }, refusal: 'spec.host: Invalid value' },
    { spec: { host: 'registry.example.com/shop' }, refusal: 'spec.host: Invalid value' },
    { spec: { host: 'registry' }, refusal: 'spec.host: Invalid value' },
    { spec: { host: 'a.test', ca: {} }, refusal: 'ca needs either pem or configMap' },
    { spec: { host: 'a.test', ca: { pem: PEM, configMap } }, refusal: 'ca needs either pem or configMap' },
    {
      spec: { host: 'a.test', ca: { pem: PEM }, plainHttp: true },
      refusal: 'plainHttp and ca exclude each other',
    },
    {
      spec: { host: 'a.test', mirrors: [{ location: 'http://b.test' }] },
      refusal: 'spec.mirrors[0].location',
    },
    {
      spec: { host: 'a.test', mirrors: [{ location: 'b.test' }, { location: 'b.test' }] },
      refusal: 'Duplicate value',
    },
    { spec: { host: 'a.test', insecure: true }, refusal: 'unknown field "spec.insecure"' },
  ])('$spec is refused: $refusal', async ({ refusal, spec }) => {
    await expect(dryRun(spec)).rejects.toThrow(refusal);
  });

  it('is of one host for good, and shows it', async () => {
    await api.create(
      resourcePath(registries),
      manifest({ host: 'a.test', mirrors: [{ location: 'b.test' }] }),
    );
    const path = resourcePath(registries, { name: 'main' });
    try {
      await expect(
        api.mergePatch(path, { spec: { host: 'b.test' } }, { fieldManager: 'test' }),
      ).rejects.toThrow('host is immutable');
      const [header, row] = (await kubectl('get', 'areg', '-o', 'wide'))
        .split('\n')
        .map((line) => line.split(/ {2,}/));
      expect(header?.slice(0, 3)).toEqual(['NAME', 'HOST', 'MIRRORS']);
      expect(row?.slice(0, 3)).toEqual(['main', 'a.test', 'b.test']);
    } finally {
      await api.delete(path);
    }
  });
});
