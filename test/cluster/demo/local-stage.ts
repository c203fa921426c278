import { startCluster } from '../cluster.ts';
import { installOperator, OperatorProcess } from '../operator.ts';
import { endProgress, progressOnStderr } from '../progress.ts';
import { Load } from '../service-proxy/load.ts';
import { admitRegistry, Signer } from '../signer.ts';
import { Housekeeping } from './housekeeping.ts';
import { LONGEST_STORY_MS, REQUESTS_PER_SECOND, type Stage } from './stage.ts';

const NAMESPACE = 'shop';
const REPOSITORY = 'shop/checkout';
/** Shorter than anybody would have it: the demo is over within minutes. */
const PROTECTION = { confirmAfter: '1s', resyncInterval: '5s' };

/** A cluster out of local processes. `parts` ends it. */
export async function openLocalCluster(parts: AsyncDisposableStack): Promise<Stage> {
  const cluster = await startCluster({ nodes: 1 }, progressOnStderr());
  parts.defer(() => cluster.stop());
  endProgress();
  const { client } = cluster;
  const signer = parts.use(await Signer.open(client, ['p-256'], progressOnStderr()));
  endProgress();
  await installOperator(client, { admission: true });
  const operator = parts.use(await OperatorProcess.start(client));
  await client.createNamespace(NAMESPACE);
  await admitRegistry(client, { protection: PROTECTION });
  return {
    client,
    operator,
    namespace: NAMESPACE,
    repository: REPOSITORY,
    prometheus: cluster.prometheus.daemon,
    signer,
    housekeeping: new Housekeeping(cluster, REPOSITORY),
    sendRequests: async (service) =>
      new Load(client.api, {
        ...{ namespace: NAMESPACE, service },
        requestsPerSecond: REQUESTS_PER_SECOND,
        durationMs: LONGEST_STORY_MS,
      }),
    farewell: [
      `export KUBECONFIG=${client.connection.kubeconfigPath}`,
      `alias kubectl='${client.connection.kubectlCommand.join(' ')}'`,
      '# Ctrl-C ends the cluster',
    ],
  };
}
