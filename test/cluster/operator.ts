// The operator as a process of its own, with the rights of its own ServiceAccount and never an administrator's.

import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterClient } from './cluster-client.ts';
import { Daemon } from './daemon.ts';
import { operatorBundle } from './operator-bundle.ts';
import { waitFor } from './wait-for.ts';

const NAMESPACE = 'artifactrelease-system';
const SERVICE_ACCOUNT = 'artifactrelease-operator';
/** Those of the Dockerfile. */
const NODE_FLAGS = ['--max-semi-space-size=4'];
const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** CRD, roles, service account and its Roles beside it; the policies of admission only where asked for. */
export async function installOperator(cluster: ClusterClient, { admission = false } = {}): Promise<void> {
  const apply = (...args: readonly string[]) =>
    cluster.kubectl(['apply', '--server-side', '--force-conflicts', ...args]);
  await apply('-k', path('crds'));
  await waitFor(
    'the CRD',
    20_000,
    () => cluster.kubectl(['get', 'artifactreleases', '-A', '-o', 'name']),
    () => true,
  );
  await apply('-k', path('config/rbac'));
  await apply('-f', path('config/manager/namespace.yaml'));
  await apply(
    '-n',
    NAMESPACE,
    '-f',
    path('config/manager/service-account.yaml'),
    '-f',
    path('config/manager/leader-election.yaml'),
    '-f',
    path('config/manager/protection.yaml'),
  );
  if (admission) await apply('-k', path('config/admission'));
}

/** All of that again, and with the CRD every release. */
export async function uninstallOperator(cluster: ClusterClient): Promise<void> {
  const remove = (...args: readonly string[]) =>
    cluster.kubectl(['delete', '--ignore-not-found', '--timeout=60s', ...args]);
  await remove('-k', path('config/admission'));
  await remove('namespace', NAMESPACE);
  await remove('-k', path('config/rbac'));
  await remove('-k', path('crds'));
}

export interface OperatorOptions {
  /** Those only, so that tests side by side have an operator each; all of them if there is none. */
  readonly namespaces?: readonly string[];
  /** `host:port` of metrics and probes; a free port unless said otherwise. */
  readonly listen?: string;
  /** With the one Lease that there is: unless said otherwise, only an operator of all namespaces asks for it. */
  readonly leaderElection?: boolean;
}

/** Can be killed and started again, as often as a test likes. */
export class OperatorProcess {
  readonly logFile: string;
  readonly #daemon: Daemon;
  readonly #directory: string;
  readonly #address: string;
  #starts = 0;

  private constructor(
    directory: string,
    program: string,
    kubeconfig: string,
    prometheusUrl: string,
    address: string,
    { namespaces = [], leaderElection = namespaces.length === 0 }: OperatorOptions,
  ) {
    this.#directory = directory;
    this.#address = address;
    this.logFile = join(directory, 'operator.log');
    this.#daemon = new Daemon(
      {
        name: 'operator',
        command: process.execPath,
        args: [
          ...NODE_FLAGS,
          program,
          ...['--prometheus', prometheusUrl, '--listen', address],
          ...namespaces.flatMap((namespace) => ['--namespace', namespace]),
          ...(leaderElection ? [] : ['--no-leader-election']),
        ],
        env: { ...process.env, KUBECONFIG: kubeconfig, POD_NAMESPACE: NAMESPACE, NODE_NO_WARNINGS: '1' },
        logFile: this.logFile,
      },
      () => this.#hasStarted(),
    );
  }

  static async start(cluster: ClusterClient, options: OperatorOptions = {}): Promise<OperatorProcess> {
    const { kubeconfigPath, prometheusUrl } = cluster.connection;
    const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, SERVICE_ACCOUNT);
    // In the cluster's own folder, which goes with the cluster however this process ends.
    const directory = await mkdtemp(join(dirname(kubeconfigPath), 'operator-'));
    const program = await operatorBundle(dirname(kubeconfigPath));
    const address = options.listen ?? `127.0.0.1:${await freePort()}`;
    await using starting = new AsyncDisposableStack();
    const operator = starting.use(
      new OperatorProcess(directory, program, kubeconfig, prometheusUrl, address, options),
    );
    await operator.start();
    starting.move();
    return operator;
  }

  /** After `kill`. */
  async start(): Promise<void> {
    this.#starts += 1;
    await this.#daemon.start();
  }

  /** SIGKILL: what was under way is cut short. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** In the text format of Prometheus. */
  async metrics(): Promise<string> {
    return await this.#get('/metrics');
  }

  /** Rejects with what a probe would be told. */
  async checkHealth(): Promise<void> {
    await Promise.all([this.#get('/healthz'), this.#get('/readyz')]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The log goes on where the killed process left it. */
  async #hasStarted(): Promise<boolean> {
    return (await readFile(this.logFile, 'utf8')).split('"started"').length > this.#starts;
  }

  async #get(route: string): Promise<string> {
    const response = await fetch(`http://${this.#address}${route}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${route}: ${response.status} ${text}`);
    return text;
  }
}

/** Nothing else on this machine takes it in the moment until the operator does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
