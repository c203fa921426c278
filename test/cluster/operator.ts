// The operator as a process of its own, with the rights of its own ServiceAccount and never an administrator's.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterClient } from './cluster-client.ts';
import { Daemon } from './daemon.ts';
import { waitFor } from './wait-for.ts';

const NAMESPACE = 'artifactrelease-system';
const SERVICE_ACCOUNT = 'artifactrelease-operator';
const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** CRD, roles, service account and the Role of the lease; the policies of admission only where asked for. */
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
  );
  if (admission) await apply('-k', path('config/admission'));
}

/** Can be killed and started again, as often as a test likes. */
export class OperatorProcess {
  readonly logFile: string;
  readonly daemon: Daemon;
  readonly #directory: string;

  private constructor(
    directory: string,
    kubeconfig: string,
    prometheusUrl: string,
    namespaces: readonly string[],
    listen: string,
  ) {
    this.#directory = directory;
    this.logFile = join(directory, 'operator.log');
    const readyLine = async (): Promise<boolean> => {
      return (await readFile(this.logFile, 'utf8')).includes('"started"');
    };
    this.daemon = new Daemon(
      {
        name: 'operator',
        command: process.execPath,
        args: [
          path('src/main.ts'),
          ...['--prometheus', prometheusUrl, '--listen', listen],
          ...namespaces.flatMap((namespace) => ['--namespace', namespace]),
          ...(namespaces.length > 0 ? ['--no-leader-election'] : []),
        ],
        env: { ...process.env, KUBECONFIG: kubeconfig, POD_NAMESPACE: NAMESPACE, NODE_NO_WARNINGS: '1' },
        logFile: this.logFile,
      },
      readyLine,
    );
  }

  /** Watches `namespaces` only, so that tests side by side have an operator each; all of them if there is none. */
  static async start(
    cluster: ClusterClient,
    namespaces: readonly string[] = [],
    listen = '127.0.0.1:0',
  ): Promise<OperatorProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'artifactrelease-operator-'));
    const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, SERVICE_ACCOUNT);
    const operator = new OperatorProcess(
      directory,
      kubeconfig,
      cluster.connection.prometheusUrl,
      namespaces,
      listen,
    );
    await operator.daemon.start();
    return operator;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
