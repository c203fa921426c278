// A cluster for people: run it in a terminal of its own and paste what it prints into another.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { endProgress, progressOnStderr } from './progress.ts';

const HELP = `Starts a Kubernetes cluster out of local processes and keeps it until Ctrl-C.

usage: node test/cluster/main.ts [options]

  --nodes N             nodes that run pods as local processes (1)
  --kwok-nodes N        nodes that only pretend to (0)
  --scrape-interval D   of Prometheus (1s)
  --audit               log every API request
  --help

The first start builds etcd, Kubernetes, Prometheus and the registry from their Go modules, which takes about ten
minutes and is kept in the cache folder. CONTROLPLANE, KWOK, PROMETHEUS, REGISTRY and WORKLOAD can each name an
executable to use instead, KUBEBUILDER_ASSETS a folder with etcd, kubectl and all three servers of Kubernetes. Without
them, Prometheus 3 and registry 3 are taken from the PATH where they are there.
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1' },
    'kwok-nodes': { type: 'string', default: '0' },
    'scrape-interval': { type: 'string', default: '1s' },
    audit: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else await run();

async function run(): Promise<void> {
  const cluster = await startCluster(
    {
      nodes: Number(values.nodes),
      kwokNodes: Number(values['kwok-nodes']),
      scrapeInterval: values['scrape-interval'],
      audit: values.audit,
    },
    progressOnStderr(),
  );
  endProgress();
  const { connection } = cluster;
  const kubectl = `alias kubectl='${connection.kubectlCommand.join(' ')}'`;
  const facts = [
    `export KUBECONFIG=${connection.kubeconfigPath}`,
    kubectl,
    `# registry    http://${connection.registryAddress}`,
    `# Prometheus  ${connection.prometheusUrl}`,
    ...(connection.auditLogPath === undefined ? [] : [`# audit log   ${connection.auditLogPath}`]),
    '# Ctrl-C ends the cluster',
  ];
  process.stdout.write(`${facts.join('\n')}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await cluster.stop();
}
