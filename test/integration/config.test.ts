import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { ZodType } from 'zod';
import { ArtifactPolicy } from '../../src/api/artifact-policy.ts';
import { ArtifactRegistry } from '../../src/api/artifact-registry.ts';
import { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { ArtifactRevocation } from '../../src/api/artifact-revocation.ts';
import { loadConfig } from '../../src/config.ts';
import { kubectl, kubectlWith } from '../support/kubectl.ts';
import { install, send } from '../support/manifests.ts';

const config = join(import.meta.dirname, '../../config');
const system = 'artifactrelease-system';
const operator = `system:serviceaccount:${system}:artifactrelease-operator`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Workload extends Manifest {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { args: string[]; ports: readonly unknown[] }[] };
    };
  };
}

interface Service extends Manifest {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly unknown[];
  };
}

interface Role extends Manifest {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

const SCHEMAS: Readonly<Record<string, ZodType>> = {
  ArtifactRelease,
  ArtifactPolicy,
  ArtifactRevocation,
  ArtifactRegistry,
};

const build = (folder: string) => kubectl('kustomize', join(config, folder));

async function manifests(folder: string): Promise<readonly Manifest[]> {
  return parseAllDocuments(await build(folder)).map((document) => document.toJS());
}

/** The type is a claim about the manifest, not a check. */
function find<T extends Manifest>(all: readonly Manifest[], kind: string, name: string): T {
  const found = all.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as T;
}

/** A namespace stays when the tests end: other files may be using it. */
async function ensureNamespace(name: string): Promise<void> {
  await send('apply', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, '--server-side');
}

beforeAll(async () => {
  // Kinds and namespaces have to exist before objects of them can be tried.
  await install('crd', 'rbac', 'admission');
  await ensureNamespace('shop');
  for (const file of ['namespace', 'leader-election', 'protection']) {
    await kubectl('apply', '--server-side', '-n', system, '-f', join(config, `manager/${file}.yaml`));
  }
});

describe('every overlay is taken by the API server', () => {
  it.each([
    'default',
    'namespaced',
    'crd',
    'rbac',
    'manager',
    'admission',
    'prometheus',
    'samples',
  ])('config/%s', async (folder) => {
    const built = await build(folder);

    const applied = await kubectlWith(
      built,
      ...['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'],
    );

    expect(applied.trim().split('\n')).toHaveLength(parseAllDocuments(built).length);
  });
});

it('every sample is understood by the operator, too', async () => {
  const identity = {
    uid: '1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-24T12:00:00Z',
  };
  for (const { kind, metadata, ...rest } of await manifests('samples')) {
    const { success, error } = SCHEMAS[kind]?.safeParse({
      metadata: { namespace: 'shop', ...identity, ...metadata },
      ...rest,
    }) ?? { success: false };
    expect({ kind, name: metadata.name, success, error }).toEqual({
      kind,
      name: metadata.name,
      success: true,
      error: undefined,
    });
  }
});

describe('the operator', () => {
  it('runs in a namespace that takes restricted pods only', async () => {
    const all = await manifests('manager');
    const { spec } = find<Workload>(all, 'Deployment', 'artifactrelease-operator').spec.template;
    await send('apply', find(all, 'ServiceAccount', 'artifactrelease-operator'), '--server-side');
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'operator', namespace: system }, spec };

    await expect(send('create', pod, '--dry-run=server')).resolves.toContain('created');
    await expect(
      send('create', { ...pod, spec: { ...spec, securityContext: {} } }, '--dry-run=server'),
    ).rejects.toThrow('violates PodSecurity "restricted:latest"');
  });

  it('is reached by the Service that the plugin of kubectl asks for', async () => {
    const all = await manifests('manager');
    const service = find<Service>(all, 'Service', 'artifactrelease-operator');
    const { metadata, spec } = find<Workload>(all, 'Deployment', 'artifactrelease-operator').spec.template;

    expect(metadata.labels).toMatchObject(service.spec.selector);
    expect(service.spec.ports).toEqual([{ name: 'http', port: 8080, targetPort: 'http' }]);
    expect(spec.containers.flatMap(({ ports }) => ports)).toEqual([{ name: 'http', containerPort: 8080 }]);
  });

  it('understands the configuration that is shipped', () => {
    const configFile = join(config, 'manager/config.yaml');

    const loaded = loadConfig(
      { help: false, version: false, configFile, leaderElection: true },
      { POD_NAMESPACE: system },
    );

    expect(loaded.sources).toMatchObject({ default: { url: 'http://prometheus.monitoring.svc:9090' } });
    expect(loaded).toMatchObject({ namespace: system, verification: { publicGoodRefresh: true } });
    expect(loaded.leaderElection).toMatchObject({
      enabled: true,
      namespace: system,
      name: 'artifactrelease',
    });
  });

  it.each([
    ['patch artifactreleases', 'shop'],
    ['update artifactreleases --subresource=status', 'shop'],
    ['create deployments.apps', 'shop'],
    ['list pods', 'shop'],
    ['watch artifactpolicies', 'shop'],
    ['list namespaces', 'shop'],
    ['create events.events.k8s.io', 'shop'],
    ['get secrets', 'shop'],
    ['get secrets', system],
    ['get configmaps', 'platform'],
    ['get serviceaccounts', 'shop'],
    ['update artifactrevocations --subresource=status', 'shop'],
    ['update leases.coordination.k8s.io/artifactrelease', system],
    ['list configmaps', system],
    ['create configmaps', system],
    ['patch configmaps', system],
    ['delete configmaps', system],
    ['get namespaces/kube-system', system],
  ])('may %s in %s', async (action, namespace) => {
    expect(await canI(action, namespace)).toBe(true);
  });

  it.each([
    ['list secrets', 'shop'],
    ['watch secrets', system],
    ['list configmaps', 'shop'],
    ['patch configmaps', 'shop'],
    ['update configmaps', system],
    ['get namespaces/shop', 'shop'],
    ['update artifactrevocations', 'shop'],
    ['create artifactpolicies', 'shop'],
    ['delete pods', 'shop'],
    ['create artifactreleases', 'shop'],
    ['delete artifactreleases', 'shop'],
    ['approve artifactreleases', 'shop'],
    ['update leases.coordination.k8s.io/artifactrelease', 'shop'],
    ['update leases.coordination.k8s.io/another', system],
  ])('may not %s in %s', async (action, namespace) => {
    expect(await canI(action, namespace)).toBe(false);
  });

  it('has no wildcard in any role', async () => {
    for (const role of (await manifests('default')).filter(({ kind }) => kind.endsWith('Role'))) {
      expect(JSON.stringify(role)).not.toContain('"*"');
    }
  });
});

describe('config/namespaced', () => {
  it('gives in one namespace what config/rbac gives in all', async () => {
    const namespaced = find<Role>(await manifests('namespaced'), 'Role', 'artifactrelease-operator');
    const clusterWide = find<Role>(await manifests('rbac'), 'ClusterRole', 'artifactrelease-operator');

    expect(namespaced.metadata.namespace).toBe('shop');
    expect(namespaced.rules).toEqual(clusterWide.rules);
  });

  it('watches the namespace that it may read, and binds the operator of its own', async () => {
    const all = await manifests('namespaced');
    const { containers } = find<Workload>(all, 'Deployment', 'artifactrelease-operator').spec.template.spec;

    expect(containers[0]?.args).toContain('--namespace=shop');
    expect(find(all, 'RoleBinding', 'artifactrelease-operator')).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', namespace: system }],
    });
  });

  it('has one ClusterRole, which reads what the platform demands, of namespaces the one that it watches, and whose cluster it is', async () => {
    const all = await manifests('namespaced');
    const roles = all.filter(({ kind }) => kind === 'ClusterRole');
    const clusterWide = find<Role>(
      await manifests('rbac'),
      'ClusterRole',
      'artifactrelease-operator-policies',
    );
    const [namespaces, cluster, ...others] = clusterWide.rules;

    expect(roles).toMatchObject([
      { rules: [{ ...namespaces, resourceNames: ['shop'] }, cluster, ...others] },
    ]);
    expect(cluster).toMatchObject({
      resources: ['namespaces'],
      resourceNames: ['kube-system'],
      verbs: ['get'],
    });
    expect([namespaces, ...others].flatMap((rule) => rule?.verbs)).not.toContain('get');
  });
});

it('the rules for Prometheus are about metrics of the operator', async () => {
  const { groups } = parse(await readFile(join(config, 'prometheus/rules.yaml'), 'utf8'));

  for (const { expr } of groups[0].rules) expect(expr).toMatch(/\bartifactrelease_\w+/);
});

/** `kubectl auth can-i` says no with its exit code; any other trouble must not look like a no. */
async function canI(action: string, namespace: string): Promise<boolean> {
  return await kubectl('auth', 'can-i', ...action.split(' '), '-n', namespace, `--as=${operator}`).then(
    () => true,
    (error: Error) => {
      if (/: (Warning: .*)?$/.test(error.message)) return false;
      throw error;
    },
  );
}
