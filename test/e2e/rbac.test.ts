import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { publicGoodRoot } from '../../src/adapters/sigstore-verifier/shipped-root.ts';
import { type AuditEvent, readAuditLog } from '../cluster/audit-log.ts';
import { installOperator, OperatorProcess } from '../cluster/operator.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { Shop } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { sharedCluster, turnInUnpinnedNamespace, UNPINNED_NAMESPACE } from '../support/cluster-client.ts';
import { foreignObjectives } from '../support/foreign-objectives.ts';
import { kubectl, kubectlWith, removeShop } from '../support/kubectl.ts';

const cluster = await sharedCluster();
const config = join(import.meta.dirname, '../../config');
const OPERATOR = 'system:serviceaccount:artifactrelease-system:artifactrelease-operator';

/** Checked by the admission plugin OwnerReferencesPermissionEnforcement, which is off here; no request names it. */
const NEEDED_BY_ADMISSION = ['artifactrelease.dev/artifactreleases/finalizers update'];

interface Role {
  readonly kind: string;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** `group/resource/subresource verb`, as the authorizer is asked. */
function permissionsOf({ verb, objectRef, responseStatus }: AuditEvent): readonly string[] {
  if (!objectRef) return [];
  const { apiGroup = '', resource, subresource } = objectRef;
  const path = [apiGroup, resource, ...(subresource === undefined ? [] : [subresource])].join('/');
  // Server-side apply of what is not there yet is a patch that asks for create as well.
  const creates = verb === 'patch' && responseStatus?.code === 201;
  return [`${path} ${verb}`, ...(creates ? [`${path} create`] : [])];
}

function grantedBy(...manifests: readonly string[]): readonly string[] {
  const roles = manifests.flatMap((text) => parseAllDocuments(text).map((each): Role => each.toJS()));
  return roles.flatMap(({ kind, rules }) =>
    kind.endsWith('Role')
      ? rules.flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups.flatMap((group) =>
            resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
          ),
        )
      : [],
  );
}

/** What the platform says about the release, and the objects that it names; gone when the test ends. */
async function platform(name: string, revoked: string): Promise<void> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const group = 'artifactrelease.dev/v1alpha1';
  const objects = [
    {
      ...{ apiVersion: group, kind: 'ArtifactRegistry', metadata: { name } },
      spec: { host: cluster.connection.registryAddress, plainHttp: true },
    },
    {
      ...{ apiVersion: group, kind: 'ArtifactRevocation', metadata: { name } },
      spec: { reason: 'to see that it is listed', digests: [revoked], dryRun: true },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: UNPINNED_NAMESPACE } },
      stringData: { 'cosign.pub': publicKey.export({ type: 'spki', format: 'pem' }) },
    },
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: UNPINNED_NAMESPACE } },
      data: { 'trusted_root.json': publicGoodRoot() },
    },
  ];
  await apply(objects);
}

async function apply(objects: readonly object[]): Promise<void> {
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectlWith(manifest, 'apply', '--server-side', '-f', '-');
  onTestFinished(async () => {
    await kubectlWith(manifest, 'delete', '--ignore-not-found', '-f', '-');
  });
}

/** The same objective, written down three times elsewhere; gone when the test ends. */
async function objectivesElsewhere(name: string): Promise<readonly object[]> {
  const { kinds, objects, references } = foreignObjectives(UNPINNED_NAMESPACE, name);
  await apply(kinds);
  const crds = kinds.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl('wait', '--for=condition=Established', '--timeout=30s', ...crds);
  await apply(objects);
  return references;
}

/** Asks for a signature that is not there, by a key and a root that have to be read, and goes on without it. */
const verification = (name: string) => ({
  mode: 'warn',
  authorities: [{ name: 'ci', key: { secretRef: { name }, trustRootRef: { name } } }],
});

/** What is kept goes on record at once, and is given up with the release. */
const PROTECTION = { mode: 'Tags', requireBeforeRollout: false, releaseGracePeriod: '0s' };

/** Everything that the operator ever asks of the API server: objectives that are elsewhere, a promotion, a roll-back, drift, and a goodbye. */
async function wholeLife(name: string): Promise<void> {
  const repository = `${UNPINNED_NAMESPACE}/${name}`;
  const [good, next, aborted] = await Promise.all(
    ['1.0', '2.0', '3.0'].map((version) =>
      cluster.pushWorkload(repository, { mode: 'good', version }, [version]),
    ),
  );
  if (!good || !next || !aborted) throw new Error('three images were pushed');
  const shop = new Shop(cluster, UNPINNED_NAMESPACE, name);
  onTestFinished(() => removeShop(shop));
  const load = new Load(cluster.api, {
    ...{ namespace: UNPINNED_NAMESPACE, service: name },
    requestsPerSecond: 120,
    durationMs: 200_000,
  });
  onTestFinished(async () => {
    await load.stop();
  });
  await platform(name, aborted.digest);
  const objectives = await objectivesElsewhere(name);
  // A tag, so that the operator has to ask the pods what it means.
  await shop.open(`${good.repository}:1.0`, good, {
    ...{ steps: [{ weight: 50, duration: '5s' }], bake: '3s' },
    spec: { verification: verification(name), protection: PROTECTION, objectives },
  });
  await shop.until('adoption', 60_000, ({ phase }) => phase === 'Healthy');
  await shop.ship(next, '2.0');
  await shop.until('promotion', 120_000, (s) => s.phase === 'Healthy' && s.stable?.digest === next.digest);
  await shop.ship(aborted, '3.0');
  const { analysis } = await shop.until(
    'a verdict by all objectives',
    60_000,
    (s) => s.candidate?.weight === 50 && s.analysis?.length === 3,
  );
  expect(analysis?.map(({ objective, terms }) => [objective, terms?.target, terms?.timeWindow])).toEqual([
    ['sloth', '99', '30d'],
    ['pyrra', '99', '4w'],
    ['openslo', '99', '7d'],
  ]);
  await shop.command('abort', aborted.digest);
  await shop.until('roll-back', 60_000, ({ phase }) => phase === 'RolledBack');
  for (const _ of ['once', 'and again, for an event that repeats']) {
    await kubectl('set', 'image', `deploy/${name}`, '-n', UNPINNED_NAMESPACE, `app=${good.reference}`);
    await waitFor(
      'the pin',
      20_000,
      () => shop.images(),
      ([image]) => image === next.reference,
    );
  }
  await kubectl('delete', 'ar', name, '-n', UNPINNED_NAMESPACE, '--timeout=60s');
}

beforeAll(() => installOperator(cluster));

it('the operator may do exactly what it does', async () => {
  await turnInUnpinnedNamespace(cluster);
  const { auditLogPath } = cluster.connection;
  if (auditLogPath === undefined) throw new Error('the cluster of the tests writes an audit log');
  const operator = await OperatorProcess.start(cluster, {
    namespaces: [UNPINNED_NAMESPACE],
    leaderElection: true,
  });
  onTestFinished(() => operator[Symbol.asyncDispose]());
  await wholeLife(`life-${randomUUID().slice(0, 8)}`);

  const requests = await waitFor(
    'the event that repeats, and the end of the record of what was protected',
    30_000,
    async () => (await readAuditLog(auditLogPath)).filter(({ user }) => user.username === OPERATOR),
    (all) =>
      [
        ['events', 'patch'],
        ['configmaps', 'delete'],
      ].every(([resource, wanted]) =>
        all.some(({ verb, objectRef }) => objectRef?.resource === resource && verb === wanted),
      ),
  );
  const granted = grantedBy(
    await kubectl('kustomize', join(config, 'manager')),
    (await kubectl('kustomize', join(config, 'rbac'))).split('---').filter(isOfOperator).join('---'),
  );
  const used = [...new Set(requests.flatMap(permissionsOf)), ...NEEDED_BY_ADMISSION];
  const refused = requests.filter(
    ({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid',
  );
  expect(refused).toEqual([]);
  expect([...used].sort()).toEqual([...new Set(granted)].sort());
});

const isOfOperator = (manifest: string): boolean => manifest.includes('name: artifactrelease-operator');
