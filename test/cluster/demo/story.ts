import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import { shortDigest } from '../../../src/domain/digest.ts';
import type { Behaviour } from '../images/workload-image.ts';
import { Shop } from '../shop.ts';
import type { Stage } from './stage.ts';
import { Timeline } from './timeline.ts';

const ACT_TIMEOUT_MS = 120_000;

/** Four releases on one stage. Rejects when an act does not come to its end in two minutes. */
export async function play(stage: Stage): Promise<void> {
  const { client, namespace, repository, prometheus } = stage;
  const timeline = new Timeline();
  const push = (behaviour: Behaviour, tags: readonly string[] = []) =>
    client.pushWorkload(repository, behaviour, tags);
  const first = await push({ mode: 'good', version: '1.0' }, ['1.0']);
  const good = await push({ mode: 'good', version: '1.1' });
  const erroring = await push({ mode: 'erroring', version: '1.2', errorRatio: 0.25 });
  const crashing = await push({ mode: 'crashing', version: '1.3' });
  const held = await push({ mode: 'good', version: '1.4' });
  const shop = new Shop(client, namespace);
  const follow = (isDone: (status: Status) => boolean) => followUntil(shop, timeline, isDone);

  timeline.title(`Adopt what runs: Deployment checkout at tag 1.0 (${shortDigest(first.digest)})`);
  await shop.open(`${first.repository}:1.0`, first);
  await follow(({ phase }) => phase === 'Healthy');
  const load = await stage.sendRequests('checkout');

  timeline.title(`A good release, ${shortDigest(good.digest)}: 5 %, 25 %, 50 %, promotion, bake`);
  await shop.ship(good, '1.1');
  await follow(({ phase, stable }) => phase === 'Healthy' && stable?.digest === good.digest);

  timeline.title(`A release that fails a quarter of its requests, ${shortDigest(erroring.digest)}`);
  await shop.ship(erroring, '1.2');
  await follow(({ phase }) => phase === 'RolledBack');

  timeline.title(`A release whose pods crash, ${shortDigest(crashing.digest)}`);
  await shop.ship(crashing, '1.3');
  let end = await follow(
    ({ phase, history }) => phase === 'RolledBack' && history?.[0]?.digest === crashing.digest,
  );

  if (prometheus) {
    timeline.title(`Prometheus goes away in mid-step, ${shortDigest(held.digest)}`);
    await shop.ship(held, '1.4');
    await follow(({ candidate }) => candidate?.weight === 5);
    await prometheus.stop();
    timeline.note('Prometheus is stopped');
    await follow(({ phase }) => phase === 'Holding');
    await prometheus.start();
    timeline.note('Prometheus is back');
    end = await follow(({ phase, stable }) => phase === 'Healthy' && stable?.digest === held.digest);
  }
  await load.stop();
  report(timeline, end);
}

/** Shows every new message until the story has come to its point. */
async function followUntil(
  shop: Shop,
  timeline: Timeline,
  isDone: (status: Status) => boolean,
): Promise<Status> {
  const deadline = Date.now() + ACT_TIMEOUT_MS;
  for (;;) {
    const status = await shop.status();
    if (status) timeline.show(status);
    if (status && isDone(status)) return status;
    if (Date.now() > deadline) throw new Error(`the demo is stuck: ${status?.message ?? 'no status'}`);
    await delay(250);
  }
}

function report(timeline: Timeline, { history }: Status): void {
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
