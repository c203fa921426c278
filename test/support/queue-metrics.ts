import type { QueueGauges, QueueMetrics } from '../../src/controller/work-queue.ts';

/** Remembers what a queue reports. */
export class RecordedQueueMetrics implements QueueMetrics {
  adds = 0;
  retries = 0;
  readonly latencies: number[] = [];
  readonly works: number[] = [];
  gauges: QueueGauges | undefined;

  observeGauges(gauges: QueueGauges): void {
    this.gauges = gauges;
  }

  countAdd(): void {
    this.adds += 1;
  }

  countRetry(): void {
    this.retries += 1;
  }

  observeLatency(seconds: number): void {
    this.latencies.push(seconds);
  }

  observeWork(seconds: number): void {
    this.works.push(seconds);
  }
}
