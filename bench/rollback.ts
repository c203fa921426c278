// How long bad canaries go on serving once Prometheus has the first sample that says so.

import { resourcePath } from '../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../src/adapters/kubernetes/resources.ts';
import { Collection } from '../test/cluster/collection.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import { Fleet, NAMESPACE } from './fleet.ts';
import { quantile, round } from './statistics.ts';

const INTERVAL_S = 5;
/** One long step, so that all releases are in it when their canaries begin to fail. */
const STEPS = [{ weight: 33, duration: '30m' }];

export function rollback(releases: number, progress: OnProgress): Promise<object> {
  return Fleet.run({ releases, steps: STEPS, interval: `${INTERVAL_S}s` }, progress, async (fleet) => {
    progress('starting the canaries, spread over an interval as those of teams would be');
    const measured = fleet.whenAll('measured', ({ analysis }) => (analysis?.[0]?.current.total ?? 0) > 0);
    await fleet.release((INTERVAL_S * 1000) / releases);
    await measured;
    progress('failing every request to a canary');
    const weightless = canariesGone(fleet, releases);
    const decided = fleet.whenAll(
      'decided',
      ({ phase }) => phase === 'RollingBack' || phase === 'RolledBack',
    );
    fleet.traffic.failCanaries();
    const [decidedAt, goneAt] = await Promise.all([decided, weightless]);
    const { failureSeenAt } = fleet.traffic;
    if (failureSeenAt === undefined) throw new Error('Prometheus has not scraped a failure');
    const seconds = (times: readonly number[]) => times.map((at) => (at - failureSeenAt) / 1000);
    return {
      releases,
      interval_s: INTERVAL_S,
      decided_p50_s: round(quantile(seconds(decidedAt), 0.5)),
      decided_p99_s: round(quantile(seconds(decidedAt), 0.99)),
      weight_0_p50_s: round(quantile(seconds(goneAt), 0.5)),
      weight_0_p99_s: round(quantile(seconds(goneAt), 0.99)),
    };
  });
}

interface Canary {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly name: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly replicas: number };
}

/** When (ms since 1970) each canary Deployment was scaled to 0 or deleted. */
async function canariesGone({ cluster }: Fleet, count: number): Promise<readonly number[]> {
  const canaries = new Collection<Canary>(
    cluster.client.api,
    resourcePath(DEPLOYMENTS, { namespace: NAMESPACE }),
    { labelSelector: 'artifactrelease.dev/track=canary' },
  );
  const goneAt = new Map<string, number>();
  const seen = new Set<string>();
  const done = new AbortController();
  await canaries.follow(done.signal, () => {
    for (const [uid, { metadata, spec }] of canaries.objects) {
      seen.add(uid);
      if (spec.replicas === 0 || metadata.deletionTimestamp !== undefined)
        goneAt.set(uid, goneAt.get(uid) ?? Date.now());
    }
    for (const uid of seen) if (!canaries.objects.has(uid)) goneAt.set(uid, goneAt.get(uid) ?? Date.now());
    if (goneAt.size === count) done.abort();
  });
  return [...goneAt.values()];
}
