// Plays four releases on a real cluster, with the operator under its own ServiceAccount.

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import { shortDigest } from '../../../src/domain/digest.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { installOperator, OperatorProcess } from '../operator.ts';
import { endProgress, progressOnStderr } from '../progress.ts';
import { Load } from '../service-proxy/load.ts';
import { Shop } from '../shop.ts';
import { Timeline } from './timeline.ts';

const HELP = `Plays a good release, an erroring one, a crashing one and an outage of Prometheus on a real cluster.

usage: npm run demo -- [--keep]

  --keep   leave the cluster and the operator running afterwards, until Ctrl-C
  --help

The first start builds etcd, Kubernetes, Prometheus and the registry from their Go modules: about fifteen minutes on
two cores, kept in the cache folder. After that the demo takes under three minutes.
`;

const NAMESPACE = 'shop';
const PHASE_TIMEOUT_MS = 120_000;
const timeline = new Timeline();

const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(HELP);
else await run();

async function run(): Promise<void> {
  const cluster = await startCluster({ nodes: 1 }, progressOnStderr());
  endProgress();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => cluster.stop().finally(() => process.exit(130)));
  }
  try {
    await play(cluster);
  } finally {
    await cluster.stop();
  }
}

async function play(cluster: Cluster): Promise<void> {
  const { client } = cluster;
  await installOperator(client, { admission: true });
  await using _operator = await OperatorProcess.start(client);
  await client.createNamespace(NAMESPACE);
  const push = (behaviour: Parameters<typeof client.pushWorkload>[1], tags: readonly string[] = []) =>
    client.pushWorkload('shop/checkout', behaviour, tags);
  const first = await push({ mode: 'good', version: '1.0' }, ['1.0']);
  const good = await push({ mode: 'good', version: '1.1' });
  const erroring = await push({ mode: 'erroring', version: '1.2', errorRatio: 0.25 });
  const crashing = await push({ mode: 'crashing', version: '1.3' });
  const held = await push({ mode: 'good', version: '1.4' });
  const shop = new Shop(client, NAMESPACE);

  timeline.title(`Adopt what runs: Deployment checkout at tag 1.0 (${shortDigest(first.digest)})`);
  await shop.open(`${first.repository}:1.0`, first);
  await follow(shop, ({ phase }) => phase === 'Healthy');
  const load = new Load(client.api, {
    namespace: NAMESPACE,
    service: 'checkout',
    requestsPerSecond: 150,
    durationMs: 600_000,
  });

  timeline.title(`A good release, ${shortDigest(good.digest)}: 5 %, 25 %, 50 %, promotion, bake`);
  await shop.ship(good, '1.1');
  await follow(shop, ({ phase, stable }) => phase === 'Healthy' && stable?.digest === good.digest);

  timeline.title(`A release that fails a quarter of its requests, ${shortDigest(erroring.digest)}`);
  await shop.ship(erroring, '1.2');
  await follow(shop, ({ phase }) => phase === 'RolledBack');

  timeline.title(`A release whose pods crash, ${shortDigest(crashing.digest)}`);
  await shop.ship(crashing, '1.3');
  await follow(
    shop,
    ({ phase, history }) => phase === 'RolledBack' && history?.[0]?.digest === crashing.digest,
  );

  timeline.title(`Prometheus goes away in mid-step, ${shortDigest(held.digest)}`);
  await shop.ship(held, '1.4');
  await follow(shop, ({ candidate }) => candidate?.weight === 5);
  await cluster.prometheus.daemon.stop();
  timeline.note('Prometheus is stopped');
  await follow(shop, ({ phase }) => phase === 'Holding');
  await cluster.prometheus.daemon.start();
  timeline.note('Prometheus is back');
  const end = await follow(
    shop,
    ({ phase, stable }) => phase === 'Healthy' && stable?.digest === held.digest,
  );
  await load.stop();

  report(end);
  await keep(cluster);
}

/** Shows every new message until the story has come to its point. */
async function follow(shop: Shop, isDone: (status: Status) => boolean): Promise<Status> {
  const deadline = Date.now() + PHASE_TIMEOUT_MS;
  for (;;) {
    const status = await shop.status();
    if (status) timeline.show(status);
    if (status && isDone(status)) return status;
    if (Date.now() > deadline) throw new Error(`the demo is stuck: ${status?.message ?? 'no status'}`);
    await delay(250);
  }
}

function report({ history }: Status): void {
  timeline.title('What ran, newest first');
  const rows = (history ?? []).map((entry) => [
    shortDigest(entry.digest),
    entry.version ?? '',
    entry.verdict,
    entry.reason,
    `${Math.round((Date.parse(entry.finishedAt) - Date.parse(entry.startedAt)) / 1000)}s`,
  ]);
  for (const row of [['DIGEST', 'VERSION', 'VERDICT', 'REASON', 'TOOK'], ...rows]) {
    process.stdout.write(
      `${row.map((cell, column) => cell.padEnd([10, 9, 12, 26, 6][column] ?? 0)).join('')}\n`,
    );
  }
}

async function keep({ connection }: Cluster): Promise<void> {
  if (!values.keep) return;
  process.stdout.write(
    `\nexport KUBECONFIG=${connection.kubeconfigPath}\nalias kubectl='${connection.controlPlaneBinary} kubectl'\n# Ctrl-C ends it\n`,
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
