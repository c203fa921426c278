import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, PLURAL, VERSION } from '../../src/api/artifact-release.ts';
import { Spec } from '../../src/api/artifact-release-spec.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';
import { kubectl } from '../support/kubectl.ts';
import { malformedReleases } from '../support/malformed-releases.ts';
import { install, read } from '../support/manifests.ts';
import {
  digestOf,
  objective,
  type ReleaseManifest,
  releaseManifest,
  statusAtRest,
  withField,
} from '../support/release-manifest.ts';

const releases = { group: GROUP, version: VERSION, resource: PLURAL };
const strict = { fieldValidation: 'Strict' };

let api: ApiClient;

beforeAll(async () => {
  await install('crd');
  ({ api } = await sharedCluster());
});

const create = (release: ReleaseManifest) =>
  api.create<ReleaseManifest>(resourcePath(releases, { namespace: release.metadata.namespace }), release, {
    query: strict,
  });

const dryRun = (release: ReleaseManifest) =>
  api.create<ReleaseManifest>(resourcePath(releases, { namespace: 'default' }), release, {
    query: { ...strict, dryRun: 'All' },
  });

describe('the CustomResourceDefinition', () => {
  it('is established, and its schema is structural', async () => {
    const crd = await api.get<{ status: { conditions: { type: string; status: string }[] } }>(
      resourcePath(
        { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
        { name: `${PLURAL}.${GROUP}` },
      ),
    );
    const conditions = crd.status.conditions.map(({ type, status }) => `${type}=${status}`);

    // NonStructuralSchema and KubernetesAPIApprovalPolicyConformant would stand here.
    expect(conditions.sort()).toEqual(['Established=True', 'NamesAccepted=True']);
  });

  it('explains its fields', async () => {
    const explain = () => kubectl('explain', 'ar.spec.canary.steps.weight');
    // The OpenAPI document is published a moment after the definition is established.
    await vi.waitFor(explain, { timeout: 20_000, interval: 250 });

    expect(await explain()).toContain('Share of the traffic in percent');
  });
});

describe('a malformed release is refused', () => {
  it.each(malformedReleases)('$what', async ({ path, value, refusal }) => {
    await expect(dryRun(withField(releaseManifest('default'), path, value))).rejects.toThrow(refusal);
  });

  it('a misspelt field, where the client asks for strictness as kubectl does', async () => {
    await expect(dryRun(withField(releaseManifest('default'), 'spec.bakes', {}))).rejects.toThrow(
      'unknown field "spec.bakes"',
    );
  });

  it('another repository later', async () => {
    const namespace = await testNamespace(await sharedCluster());
    await create(releaseManifest(namespace));
    const update = (artifact: object) =>
      api.mergePatch(
        resourcePath(releases, { namespace, name: 'checkout' }),
        { spec: { artifact } },
        { fieldManager: 'test' },
      );

    await expect(update({ repository: 'registry.example.com/shop/other' })).rejects.toThrow(
      'spec.artifact.repository: Invalid value: "registry.example.com/shop/other": repository is immutable',
    );
    await expect(update({ digest: digestOf('b') })).resolves.toBeDefined();
  });
});

describe('a valid release', () => {
  const valid: readonly (readonly [string, string, unknown])[] = [
    ['with nothing but what is required', 'spec.suspend', undefined],
    ['of sha512', 'spec.artifact.digest', `sha512:${'0f'.repeat(64)}`],
    ['from a local registry', 'spec.artifact.repository', 'localhost:5000/a/b_c.d--e'],
    ['from an address', 'spec.artifact.repository', '127.16.0.1:5000/checkout'],
    ['whose only step waits for a person', 'spec.canary', { steps: [{ weight: 50, approval: true }] }],
    [
      'with objectives',
      'spec.objectives',
      [objective(), objective({ name: 'latency', target: '0.00000001' })],
    ],
    [
      'with every kind of objective',
      'spec.objectives',
      [
        objective({ name: 'ratio' }),
        objective({
          name: 'latency',
          ratioMetric: undefined,
          latencyMetric: { histogram: 'h', threshold: '0.3s' },
        }),
        objective({
          name: 'queue',
          ratioMetric: undefined,
          thresholdMetric: { query: 'q', value: '100' },
        }),
        objective({
          name: 'preset',
          ratioMetric: undefined,
          preset: { name: 'istio', threshold: '300ms' },
        }),
        objective({
          name: 'reference',
          target: undefined,
          ratioMetric: undefined,
          objectiveRef: { kind: 'ConfigMap', name: 'slo' },
        }),
      ],
    ],
    ['with a computed schedule', 'spec.canary', { schedule: 'Auto', advance: 'WhenProven' }],
    ['that mends the service', 'spec.fix', true],
    ['with one setting of analysis', 'spec.analysis', { interval: '1h30m' }],
    ['without a bake', 'spec.bake', { duration: '0s' }],
    [
      'with patches',
      'spec.canary.patches',
      [{ op: 'add', path: '/metadata/labels/a~1b', value: { a: [1] } }],
    ],
    [
      'with something to verify',
      'spec.verification',
      {
        authorities: [
          { name: 'release', key: { secretRef: { name: 'cosign-pub' } } },
          {
            name: 'ci',
            keyless: { identities: [{ issuer: 'i', subject: 's' }], trustRootRef: { name: 'corp' } },
          },
        ],
        attestations: [
          { name: 'scan', predicateTypes: ['vuln'], vulnerabilities: {} },
          { name: 'sbom', predicateTypes: ['spdxjson'], sbom: {} },
          { name: 'provenance', predicateTypes: ['slsaprovenance1'], provenance: {} },
        ],
      },
    ],
  ];

  it.each(valid)('%s gets the defaults that zod gives it', async (_what, path, value) => {
    const release = withField(releaseManifest('default'), path, value);

    const stored = await dryRun(release);

    expect(stored.spec).toEqual(Spec.parse(release.spec));
  });
});

describe('people', () => {
  it('see where a release is, and why in the wide output', async () => {
    const namespace = await testNamespace(await sharedCluster());
    await create(releaseManifest(namespace));
    const status = {
      ...statusAtRest,
      phase: 'Progressing',
      message: 'Step 2/3 at 25%.',
      summary: {
        ...{ stable: '9f2c41ab', candidate: '77aa01c2', version: '1.42.0' },
        ...{ step: '2/3', weight: '25%', burn: '0.4x' },
      },
    };
    await api.mergePatch(
      resourcePath(releases, { namespace, name: 'checkout', subresource: 'status' }),
      { status },
      { fieldManager: 'test' },
    );

    const cells = (line: string | undefined) => line?.trim().split(/ {2,}/);
    const [header, row] = (await kubectl('get', 'ar', '-n', namespace)).split('\n').map(cells);
    expect(header).toEqual(['NAME', 'PHASE', 'STEP', 'WEIGHT', 'STABLE', 'CANDIDATE', 'BURN', 'AGE']);
    expect(row?.slice(0, -1)).toEqual([
      'checkout',
      'Progressing',
      '2/3',
      '25%',
      '9f2c41ab',
      '77aa01c2',
      '0.4x',
    ]);

    const [wideHeader, wideRow] = (await kubectl('get', 'all', '-n', namespace, '-o', 'wide'))
      .split('\n')
      .map(cells);
    expect(wideHeader?.slice(-2)).toEqual(['VERSION', 'MESSAGE']);
    expect(wideRow?.slice(-2)).toEqual(['1.42.0', 'Step 2/3 at 25%.']);
  });

  it('find releases by digest', async () => {
    const namespace = await testNamespace(await sharedCluster());
    await create(releaseManifest(namespace, 'a'));
    await create(withField(releaseManifest(namespace, 'b'), 'spec.artifact.digest', digestOf('b')));

    const selector = `--field-selector=spec.artifact.digest=${digestOf('b')}`;
    expect(await kubectl('get', 'ar', '-n', namespace, selector, '-o', 'name')).toBe(
      'artifactrelease.artifactrelease.dev/b\n',
    );
  });

  it('cannot write a status through the release itself, nor a malformed one', async () => {
    const namespace = await testNamespace(await sharedCluster());
    await create(withField(releaseManifest(namespace), 'status', statusAtRest));
    expect(await read(namespace, 'ar', 'checkout')).not.toHaveProperty('status');

    const condition = { ...{ type: 'Ready', status: 'Maybe', reason: 'Pending', message: '' } };
    const conditions = [{ ...condition, observedGeneration: 1, lastTransitionTime: 'yesterday' }];
    await expect(
      api.mergePatch(
        resourcePath(releases, { namespace, name: 'checkout', subresource: 'status' }),
        { status: { ...statusAtRest, conditions } },
        { fieldManager: 'test' },
      ),
    ).rejects.toThrow(/status\.conditions\[0\]\.(lastTransitionTime|status)/);
  });

  it('take a status with a reason that only a newer operator knows', async () => {
    const namespace = await testNamespace(await sharedCluster());
    await create(releaseManifest(namespace));
    const at = '2026-01-01T00:00:00Z';
    const reason = 'QuotaExhausted';
    const condition = { type: 'Ready', status: 'False', reason, message: '', lastTransitionTime: at };
    const status = { ...statusAtRest, conditions: [{ ...condition, observedGeneration: 1 }] };
    const path = resourcePath(releases, { namespace, name: 'checkout', subresource: 'status' });
    await api.mergePatch(path, { status }, { fieldManager: 'test' });
    expect(await read(namespace, 'ar', 'checkout')).toMatchObject({ status });
  });
});
