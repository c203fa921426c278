import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { RuntimeMetrics } from '../../../src/telemetry/metrics.ts';

function someMetrics() {
  const registry = new Registry();
  const metrics = new RuntimeMetrics(registry, 'example_');
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(`example_${name}`));
  return { metrics, lines };
}

describe('RuntimeMetrics', () => {
  it('begins every known outcome of a controller at 0', async () => {
    const { metrics, lines } = someMetrics();
    metrics.controller('thing').observePass('conflict', 0.1);
    expect(await lines('reconcile_total')).toEqual([
      'example_reconcile_total{controller="thing",result="success"} 0',
      'example_reconcile_total{controller="thing",result="requeue_after"} 0',
      'example_reconcile_total{controller="thing",result="conflict"} 1',
      'example_reconcile_total{controller="thing",result="error"} 0',
      'example_reconcile_total{controller="thing",result="terminal"} 0',
    ]);
  });

  it('reads the depth of every queue when it is scraped', async () => {
    const { metrics, lines } = someMetrics();
    let depth = 1;
    const gauges = { depth: () => depth, longestRunningSeconds: () => 0 };
    metrics.queue('a').observeGauges(gauges);
    metrics.queue('b').observeGauges({ ...gauges, depth: () => 5 });
    depth = 2;
    expect(await lines('workqueue_depth')).toEqual([
      'example_workqueue_depth{queue="a"} 2',
      'example_workqueue_depth{queue="b"} 5',
    ]);
  });

  it('counts adds, retries, waiting and work', async () => {
    const { metrics, lines } = someMetrics();
    const queue = metrics.queue('a');
    queue.countAdd();
    queue.countRetry();
    queue.observeLatency(1);
    queue.observeWork(2);
    expect(await lines('workqueue_adds_total')).toEqual(['example_workqueue_adds_total{queue="a"} 1']);
    expect(await lines('workqueue_retries_total')).toEqual(['example_workqueue_retries_total{queue="a"} 1']);
    expect(await lines('workqueue_latency_seconds_sum')).toEqual([
      'example_workqueue_latency_seconds_sum{queue="a"} 1',
    ]);
    expect(await lines('workqueue_work_duration_seconds_sum')).toEqual([
      'example_workqueue_work_duration_seconds_sum{queue="a"} 2',
    ]);
  });

  it('says when a reflector last heard of the server, and why it lists', async () => {
    const { metrics, lines } = someMetrics();
    const reflector = metrics.reflector('things');
    reflector.recordContact(new Date(5_000));
    reflector.setConnected(true);
    reflector.countRelist('expired');
    reflector.countMalformedEvent();
    expect(await lines('reflector')).toEqual([
      'example_reflector_last_event_timestamp_seconds{reflector="things"} 5',
      'example_reflector_relists_total{reflector="things",reason="initial"} 0',
      'example_reflector_relists_total{reflector="things",reason="expired"} 1',
      'example_reflector_malformed_events_total{reflector="things"} 1',
      'example_reflector_connected{reflector="things"} 1',
    ]);
  });

  it('says whether this process leads', async () => {
    const { metrics, lines } = someMetrics();
    const leadership = metrics.leadership();
    leadership.setLeading(true);
    leadership.countFailedRenewal();
    expect(await lines('leader')).toEqual(['example_leader 1', 'example_leader_failed_renewals_total 1']);
  });

  it.each([
    { status: 200, label: '2xx' },
    { status: 409, label: '4xx' },
    { status: undefined, label: 'none' },
  ])('files a request of status $status under $label', async ({ status, label }) => {
    const { metrics, lines } = someMetrics();
    metrics.requests().observeRequest('get', status, 0.2);
    expect(await lines('api_request_duration_seconds_count')).toEqual([
      `example_api_request_duration_seconds_count{verb="get",status="${label}"} 1`,
    ]);
  });

  it('counts dropped events by reason', async () => {
    const { metrics, lines } = someMetrics();
    const countDrop = metrics.droppedEvents(['spam', 'failed']);
    countDrop('spam');
    expect(await lines('events_dropped_total')).toEqual([
      'example_events_dropped_total{reason="spam"} 1',
      'example_events_dropped_total{reason="failed"} 0',
    ]);
  });
});
