// What a fleet costs that releases at the same moment, and what it costs when nothing happens.

import { setTimeout as delay } from 'node:timers/promises';
import type { OnProgress } from '../test/cluster/progress.ts';
import { spending } from './accounting.ts';
import { Fleet } from './fleet.ts';
import { quantile, round } from './statistics.ts';

const STEPS = [20, 33, 50].map((weight) => ({ weight, duration: '10s' }));
const SETTLE_MS = 10_000;
const IDLE_MS = 60_000;

export function promotion(releases: number, progress: OnProgress): Promise<object> {
  return Fleet.run({ releases, steps: STEPS, interval: '5s' }, progress, async (fleet) => {
    progress('releasing');
    const busy = await spending(fleet, () => releaseAll(fleet));
    progress('watching it idle for a minute');
    await delay(SETTLE_MS);
    const idle = await spending(fleet, () => delay(IDLE_MS));
    return {
      releases,
      p50_s: round(quantile(busy.result, 0.5)),
      p99_s: round(quantile(busy.result, 0.99)),
      cpu_ms_per_release: round(busy.cpuMs / releases),
      api_requests_per_release: round(busy.requests / releases),
      prometheus_queries_per_release: round(busy.queries / releases),
      rss_mib: round(busy.rssMib),
      idle_api_per_min: idle.requests,
      idle_cpu_ms_per_min: round(idle.cpuMs),
    };
  });
}

/** Seconds from the change of the specs until each digest was stable everywhere. */
async function releaseAll(fleet: Fleet): Promise<readonly number[]> {
  const startedAt = Date.now();
  const [, doneAt] = await Promise.all([
    fleet.release(),
    fleet.whenAll(
      'promoted',
      ({ phase, stable }) => phase === 'Healthy' && stable?.digest === fleet.artifact.after,
    ),
  ]);
  return doneAt.map((at) => (at - startedAt) / 1000);
}
