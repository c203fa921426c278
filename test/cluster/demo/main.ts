// Plays four releases on a real cluster, with the operator under its own ServiceAccount.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { openCurrentCluster } from './current-stage.ts';
import { openLocalCluster } from './local-stage.ts';
import { type Stage, UsageError } from './stage.ts';
import { play } from './story.ts';

const HELP = `Plays a good release, an erroring one, a crashing one, an outage of Prometheus, a revocation and a garbage collection of
the registry on a real cluster.

usage: npm run demo -- [--keep]
       npm run demo -- --cluster current --prometheus URL --repository HOST/PATH [--keep]

  --keep             leave the cluster and the operator running afterwards, until Ctrl-C
  --help

Without --cluster it starts a cluster of its own and never reads KUBECONFIG. The first start builds etcd, Kubernetes,
Prometheus and the registry from their Go modules: about fifteen minutes on two cores, kept in the cache folder. After
that the demo takes under three minutes.

  --cluster current  use the cluster of the current context (KUBECONFIG, ~/.kube/config). The demo names it, installs
                     the CRD, roles, admission policies and two namespaces there, and removes them at the end unless
                     --keep is given. It refuses a cluster that has any of them already. You need to be an
                     administrator there, with kubectl in the PATH (or named by KUBECTL); the operator runs on this
                     machine, with the rights of its own ServiceAccount.
  --prometheus URL   reachable from here; has to scrape the pods that are annotated prometheus.io/scrape every few
                     seconds, with the labels namespace and pod. It is not stopped: the outage is left out.
  --repository R     host and path of an image repository that takes pushes from here without credentials and that
                     the nodes can pull from; HTTPS, except on localhost. The images are for ${process.arch} on Linux.
                     Its registry is not cleaned up: the collection is left out, and nothing is protected from one.
`;

const { values } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    cluster: { type: 'string' },
    prometheus: { type: 'string' },
    repository: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else await run().catch(explain);

async function run(): Promise<void> {
  const parts = new AsyncDisposableStack();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= parts.disposeAsync();
    return closing;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => close().finally(() => process.exit(130)));
  }
  try {
    const stage = await open(parts);
    await play(stage);
    await keep(stage);
  } finally {
    await close();
  }
}

function open(parts: AsyncDisposableStack): Promise<Stage> {
  const { cluster, prometheus, repository, keep } = values;
  if (cluster === undefined) {
    if (prometheus === undefined && repository === undefined) return openLocalCluster(parts);
    throw new UsageError('--prometheus and --repository are for --cluster current; the own cluster has both');
  }
  if (cluster !== 'current') throw new UsageError(`--cluster ${cluster}: only "current" is known`);
  const missing = Object.entries({ prometheus, repository }).filter(([, value]) => value === undefined);
  if (prometheus === undefined || repository === undefined) {
    throw new UsageError(
      `--cluster current needs ${missing.map(([name]) => `--${name}`).join(' and ')} as well`,
    );
  }
  return openCurrentCluster({ prometheusUrl: prometheus.replace(/\/+$/, ''), repository, keep }, parts);
}

async function keep({ farewell }: Stage): Promise<void> {
  if (!values.keep) return;
  process.stdout.write(`\n${farewell.join('\n')}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

function explain(error: unknown): void {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`demo: ${error.message}\nnpm run demo -- --help says what it needs\n`);
  process.exitCode = 2;
}
