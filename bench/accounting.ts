// What the operator spends: CPU, memory and queries by its own accounting, API requests by the log of the server.

import { readAuditLog } from '../test/cluster/audit-log.ts';
import type { Fleet } from './fleet.ts';

const OPERATOR_AGENT = 'artifactrelease-operator';

export interface Spent {
  readonly cpuMs: number;
  readonly requests: number;
  readonly queries: number;
  /** At the end. */
  readonly rssMib: number;
}

export async function spending<T>(
  fleet: Fleet,
  work: () => Promise<T>,
): Promise<Spent & { readonly result: T }> {
  const before = await counters(fleet);
  const result = await work();
  const after = await counters(fleet);
  return {
    result,
    cpuMs: (after.cpuSeconds - before.cpuSeconds) * 1000,
    requests: after.requests - before.requests,
    queries: after.queries - before.queries,
    rssMib: after.rssBytes / 1024 / 1024,
  };
}

async function counters({ operator, cluster: { connection } }: Fleet) {
  const metrics = await operator.metrics();
  const sum = (name: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (all, [, value]) => all + Number(value),
      0,
    );
  const log = connection.auditLogPath === undefined ? [] : await readAuditLog(connection.auditLogPath);
  return {
    cpuSeconds: sum('process_cpu_seconds_total'),
    rssBytes: sum('process_resident_memory_bytes'),
    queries: sum('artifactrelease_query_duration_seconds_count'),
    requests: log.filter(({ userAgent }) => userAgent?.startsWith(OPERATOR_AGENT)).length,
  };
}
