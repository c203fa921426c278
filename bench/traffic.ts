// The requests of a whole fleet, as its pods would report them. Pods on kwok nodes serve nothing, so one exporter
// speaks for all of them, under names that the operator's pod patterns match.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

const REQUESTS_PER_SECOND = 100;
const PODS = '7c9d5b8f4d-x2x4q';

export class FleetTraffic {
  readonly #server: Server;
  readonly #namespace: string;
  readonly #workloads: readonly string[];
  readonly #startedAt = Date.now();
  #failingSince: number | undefined;
  #failureSeenAt: number | undefined;

  constructor(namespace: string, workloads: readonly string[]) {
    this.#namespace = namespace;
    this.#workloads = workloads;
    this.#server = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(this.#scrape());
    });
  }

  /** Resolves to the `host:port` to scrape. */
  async listen(host: string): Promise<string> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the exporter has no port');
    return `${host}:${address.port}`;
  }

  /** From now on every request to a canary fails. */
  failCanaries(): void {
    this.#failingSince = Date.now();
  }

  /** When Prometheus was first given a sample with failures (ms since 1970). */
  get failureSeenAt(): number | undefined {
    return this.#failureSeenAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #scrape(): string {
    const now = Date.now();
    const failing = this.#failingSince === undefined ? 0 : now - this.#failingSince;
    if (failing > 0) this.#failureSeenAt ??= now;
    const requests = (ms: number): number => Math.floor((ms / 1000) * REQUESTS_PER_SECOND);
    const all = requests(now - this.#startedAt);
    const bad = requests(failing);
    const lines = this.#workloads.flatMap((name) => [
      this.#sample(name, '200', all),
      this.#sample(name, '500', 0),
      this.#sample(`${name}-canary`, '200', all - bad),
      this.#sample(`${name}-canary`, '500', bad),
    ]);
    return `# TYPE http_requests_total counter\n${lines.join('\n')}\n`;
  }

  #sample(deployment: string, code: string, value: number): string {
    const pod = `${deployment}-${PODS}`;
    return `http_requests_total{namespace="${this.#namespace}",pod="${pod}",code="${code}"} ${value}`;
  }
}
