// The demo on a cluster that is somebody's: everything that it will do there is said first, and taken back at the end.

import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../binaries.ts';
import { ClusterClient } from '../cluster-client.ts';
import type { ClusterConnection } from '../connection.ts';
import { Daemon } from '../daemon.ts';
import { kubectl } from '../kubectl.ts';
import { installOperator, OperatorProcess, uninstallOperator } from '../operator.ts';
import { endProgress, progressOnStderr } from '../progress.ts';
import { Load } from '../service-proxy/load.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { podsOf } from '../web-workload.ts';
import { LONGEST_STORY_MS, REQUESTS_PER_SECOND, type Stage, UsageError } from './stage.ts';

const NAMESPACE = 'artifactrelease-demo';
const FOREIGN = [
  'customresourcedefinition/artifactreleases.artifactrelease.dev',
  'namespace/artifactrelease-system',
  `namespace/${NAMESPACE}`,
];
const POLICIES_API = '/apis/admissionregistration.k8s.io/v1';

export interface CurrentClusterOptions {
  readonly prometheusUrl: string;
  /** Host and path: where the images of the demo are pushed to, and pulled from. */
  readonly repository: string;
  /** Leave what was installed. */
  readonly keep: boolean;
}

/** The cluster of the current context. `parts` takes back what was made there, in reverse order. */
export async function openCurrentCluster(
  options: CurrentClusterOptions,
  parts: AsyncDisposableStack,
): Promise<Stage> {
  const { registry, repository } = splitRepository(options.repository);
  await expectPrometheus(options.prometheusUrl);
  const { workload } = await findBinaries(['workload'], progressOnStderr());
  endProgress();
  const folder = parts.use(await TemporaryFolder.create(join(tmpdir(), 'artifactrelease-demo-')));
  const connection: ClusterConnection = {
    kubeconfigPath: join(folder.path, 'kubeconfig'),
    kubectlCommand: [process.env.KUBECTL || 'kubectl'],
    workloadBinary: workload,
    registryAddress: registry,
    prometheusUrl: options.prometheusUrl,
    auditLogPath: undefined,
  };
  await copyCurrentContext(connection);
  const client = await ClusterClient.connect(connection, 'artifactrelease-demo');
  parts.defer(() => client.close());
  await expectNothingOfOurs(client);
  const admission = (await client.kubectl(['get', '--raw', POLICIES_API])).includes(
    'mutatingadmissionpolicies',
  );
  await announce(client, options, admission);
  if (!options.keep) parts.defer(() => takeBack(client));
  await installOperator(client, { admission });
  const operator = parts.use(await OperatorProcess.start(client, { namespaces: [NAMESPACE] }));
  if (!options.keep) parts.defer(() => deleteDemoNamespace(client));
  await client.createNamespace(NAMESPACE);
  return {
    client,
    operator,
    namespace: NAMESPACE,
    repository,
    prometheus: undefined,
    signer: undefined,
    housekeeping: undefined,
    sendRequests: (service) => sendRequests(client, folder.path, service, parts),
    farewell: [
      `kubectl get ar -n ${NAMESPACE} -o wide`,
      '# Ctrl-C ends the operator, which runs on this machine; what was installed stays. To remove it:',
      `kubectl delete ar --all -n ${NAMESPACE}   # while the operator still runs`,
      `kubectl delete namespace ${NAMESPACE}; kubectl delete -k config/admission -k config/rbac -k crds`,
      'kubectl delete namespace artifactrelease-system',
    ],
  };
}

function splitRepository(reference: string): { registry: string; repository: string } {
  const [registry = '', ...path] = reference.split('/');
  if (!/[.:]|^localhost$/.test(registry) || path.length === 0 || path.includes('')) {
    throw new UsageError(
      `--repository ${reference}: expected a registry's host and a path, such as localhost:5001/checkout`,
    );
  }
  return { registry, repository: path.join('/') };
}

async function expectPrometheus(url: string): Promise<void> {
  try {
    const response = await fetch(`${url}/api/v1/query?query=vector(1)`, {
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    throw new UsageError(
      `--prometheus ${url} does not answer queries from here: ${(cause as Error).message}. ` +
        'In a cluster it is often reached by: kubectl -n monitoring port-forward svc/prometheus 9090',
    );
  }
}

/** A copy of that context alone: switching contexts elsewhere cannot move the demo to another cluster. */
async function copyCurrentContext(connection: ClusterConnection): Promise<void> {
  // No path: kubectl then reads KUBECONFIG, a list of files maybe, or the file in the home folder.
  const source = { ...connection, kubeconfigPath: '' };
  try {
    const config = await kubectl(source, ['config', 'view', '--raw', '--minify', '--flatten'], '');
    await writeFile(connection.kubeconfigPath, config, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--cluster current: ${(error as Error).message}`);
  }
}

/** What is there belongs to somebody, and deleting the CRD afterwards would delete their releases. */
async function expectNothingOfOurs(client: ClusterClient): Promise<void> {
  const found = await client.kubectl(['get', ...FOREIGN, '--ignore-not-found', '-o', 'name']);
  if (found === '') return;
  throw new UsageError(
    `the cluster already has ${found.trim().split('\n').join(' and ')}; the demo would remove that at its end. ` +
      'Use another cluster, or remove it first if it is left over from a demo',
  );
}

async function announce(
  client: ClusterClient,
  { prometheusUrl, repository, keep }: CurrentClusterOptions,
  admission: boolean,
): Promise<void> {
  const context = (await client.kubectl(['config', 'current-context'])).trim();
  const server = await client.kubectl(['config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}']);
  const policies = admission
    ? 'four admission policies (config/admission), which concern Deployments under a release'
    : 'no admission policy: this API server has no MutatingAdmissionPolicy v1, so drift is corrected, not prevented';
  process.stdout.write(
    [
      `Context ${context}, ${server}. The demo installs there:`,
      '  the CRD artifactreleases.artifactrelease.dev (crds), its roles (config/rbac)',
      '  namespace artifactrelease-system, with the ServiceAccount that the operator on this machine acts as',
      `  ${policies}`,
      `  namespace ${NAMESPACE}, with a Deployment of 3 pods, its canary and a Service`,
      `It pushes images to ${repository} and asks ${prometheusUrl}.`,
      'Its registry is not cleaned up, and nothing is put into it to protect what is there.',
      keep ? 'All of that stays (--keep).' : 'All but the images is removed at the end.',
      '',
    ].join('\n'),
  );
}

/** While the operator still runs, for it has a finalizer to remove. */
async function deleteDemoNamespace(client: ClusterClient): Promise<void> {
  const ignore = ['--ignore-not-found', '--timeout=120s'];
  await client.kubectl(['delete', 'artifactreleases', '--all', '-n', NAMESPACE, ...ignore]);
  await client.kubectl(['delete', 'namespace', NAMESPACE, ...ignore]);
}

async function takeBack(client: ClusterClient): Promise<void> {
  process.stdout.write('\nRemoving what the demo has installed\n');
  await uninstallOperator(client);
}

/** Straight to the pods where they are local processes; elsewhere through the API server. */
async function sendRequests(
  client: ClusterClient,
  folder: string,
  service: string,
  parts: AsyncDisposableStack,
): Promise<Load> {
  const pods = await podsOf(client, NAMESPACE);
  const local = pods.some(({ status }) => status?.podIP?.startsWith('127.'));
  const common = {
    ...{ namespace: NAMESPACE, service },
    requestsPerSecond: REQUESTS_PER_SECOND,
    durationMs: LONGEST_STORY_MS,
  };
  if (local) return new Load(client.api, common);
  const path = `/api/v1/namespaces/${NAMESPACE}/services/${service}:80/proxy/`;
  return new Load(client.api, { ...common, path, address: await startProxy(client, folder, parts) });
}

/** `kubectl proxy` authenticates for us; resolves to its `host:port`. */
async function startProxy(
  { connection }: ClusterClient,
  folder: string,
  parts: AsyncDisposableStack,
): Promise<string> {
  const [command, ...first] = connection.kubectlCommand;
  const logFile = join(folder, 'proxy.log');
  const address = async () => /serve on (\S+)/.exec(await readFile(logFile, 'utf8'))?.[1];
  const args = [...first, `--kubeconfig=${connection.kubeconfigPath}`, 'proxy', '--port=0'];
  const proxy = parts.use(
    new Daemon(
      { name: 'kubectl proxy', command, args, logFile },
      async () => (await address()) !== undefined,
    ),
  );
  await proxy.start();
  return (await address()) ?? '';
}
