import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, PLURAL, VERSION } from '../../src/api/artifact-release.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { install } from '../support/manifests.ts';
import { releaseManifest } from '../support/release-manifest.ts';

let api: ApiClient;

beforeAll(async () => {
  await install('crd');
  ({ api } = await sharedCluster());
});

const query = { fieldValidation: 'Strict', dryRun: 'All' };

/** What the API server says to it: `ok`, or why not. */
async function answerTo(kind: string, plural: string, spec: object): Promise<string> {
  const manifest = { apiVersion: `${GROUP}/${VERSION}`, kind, metadata: { name: 'x' }, spec };
  const path = resourcePath({ group: GROUP, version: VERSION, resource: plural });
  return await api.create(path, manifest, { query }).then(
    () => 'ok',
    (error: Error) => error.message,
  );
}

const policy = (spec: object) => answerTo('ArtifactPolicy', 'artifactpolicies', spec);
const revocation = (spec: object) => answerTo('ArtifactRevocation', 'artifactrevocations', spec);

const key = { name: 'release', key: { data: 'pem' } };
const identity = { issuer: 'https://issuer.example', subjectRegExp: 'https://git\\.example/.*' };
const ci = { name: 'ci', keyless: { identities: [identity] } };
const scan = { name: 'scan', predicateTypes: ['vuln'], vulnerabilities: {} };

describe('the definitions of verification', () => {
  it.each([
    PLURAL,
    'artifactpolicies',
    'artifactrevocations',
  ])('%s is established, and structural', async (plural) => {
    const crd = await api.get<{ status: { conditions: { type: string; status: string }[] } }>(
      resourcePath(
        { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
        { name: `${plural}.${GROUP}` },
      ),
    );
    const conditions = crd.status.conditions.map(({ type, status }) => `${type}=${status}`);
    expect(conditions.sort()).toEqual(['Established=True', 'NamesAccepted=True']);
  });
});

describe('an ArtifactPolicy', () => {
  it('is taken', async () => {
    expect(
      await policy({
        namespaceSelector: { matchLabels: { team: 'shop' } },
        repositories: ['registry.example.com/shop/**'],
        authorities: [key, ci],
        requiredAuthorities: ['ci'],
        attestations: [{ ...scan, authorities: ['ci'], select: 'Latest' }],
      }),
    ).toBe('ok');
  });

  it.each([
    ['a signature of nobody', { authorities: [] }, /larger than the number of authorities/],
    ['no evidence at all', { authorities: [key], minAuthorities: 0 }, /asks for nothing/],
    ['more authorities than there are', { authorities: [key], minAuthorities: 2 }, /larger than the number/],
    [
      'an authority that is not there',
      { authorities: [key], requiredAuthorities: ['ci'] },
      /not in authorities/,
    ],
    [
      'an attestation by one that is not there',
      { authorities: [key], attestations: [{ ...scan, authorities: ['ci'] }] },
      /not in authorities/,
    ],
    ['two kinds of trust', { authorities: [{ ...key, keyless: ci.keyless }] }, /either key or keyless/],
    [
      'an identity without a subject',
      { authorities: [{ name: 'ci', keyless: { identities: [{ issuer: 'i' }] } }] },
      /either subject or subjectRegExp/,
    ],
    [
      'two gates at once',
      { authorities: [key], attestations: [{ ...scan, sbom: {} }] },
      /at most one of provenance, sbom and vulnerabilities/,
    ],
  ])('that asks for %s is refused', async (_, spec, reason) => {
    expect(await policy(spec)).toMatch(reason);
  });
});

describe('spec.verification of a release', () => {
  const release = async (verification: object) => {
    const manifest = releaseManifest('default');
    const path = resourcePath({ group: GROUP, version: VERSION, resource: PLURAL }, { namespace: 'default' });
    const whole = { ...manifest, spec: { ...manifest.spec, verification } };
    return await api.create(path, whole, { query }).then(
      () => 'ok',
      (error: Error) => error.message,
    );
  };

  it('follows the same rules', async () => {
    expect(await release({ authorities: [key], attestations: [scan] })).toBe('ok');
    expect(await release({ authorities: [key], minAuthorities: 0 })).toMatch(/asks for nothing/);
    expect(await release({ authorities: [key], reverifyInterval: '5s' })).toMatch(/at least 1m/);
  });
});

describe('an ArtifactRevocation', () => {
  it('says what is revoked, and why', async () => {
    const digests = [`sha256:${'a'.repeat(64)}`];
    expect(await revocation({ reason: 'incident 7', digests })).toBe('ok');
    expect(await revocation({ digests })).toMatch(/reason/);
    expect(await revocation({ reason: 'incident 7' })).toMatch(/revokes nothing/);
    const both = [{ issuer: 'i', subject: 's', subjectRegExp: 's' }];
    expect(await revocation({ reason: 'incident 7', identities: both })).toMatch(/at most one of subject/);
  });
});
