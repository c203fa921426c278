/**
 * Serves /metrics, /healthz, /readyz, and what else it is given, over plain HTTP. Reads only.
 *
 * Guarantees:
 * - a probe answers 200 `ok`, or 503 with one line for each thing that is wrong;
 * - it never does work on request beyond reading values that are there: a probe must not wait for what it probes;
 * - `stop` closes every connection.
 *
 * Assumption: the port is reachable inside the cluster only; nothing served here is secret.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Route } from './route.ts';

/** Undefined when all is well, else why not, in a few words. */
export type Probe = () => string | undefined;

/** What to serve. The names of the probes are shown with their reasons. */
export interface TelemetryServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** All interfaces unless given. */
  readonly host?: string;
  readonly registry: Registry;
  /** What restarting would repair. */
  readonly liveness: Readonly<Record<string, Probe>>;
  /** What waiting will repair. */
  readonly readiness: Readonly<Record<string, Probe>>;
  /** By exact path, such as `/v1/provenance`. */
  readonly routes?: Readonly<Record<string, Route>>;
}

const HEADERS_TIMEOUT_MS = 5_000;

/** See the head of this file. */
export class TelemetryServer {
  readonly name = 'telemetry server';
  readonly #options: TelemetryServerOptions;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #server: Server;

  constructor(options: TelemetryServerOptions) {
    this.#options = options;
    this.#routes = new Map(Object.entries(options.routes ?? {}));
    this.#server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
      this.#answer(request, response).catch(() => respond(response, 500, 'internal error\n'));
    });
  }

  /** Resolves when listening; rejects when the port is taken. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The port in use. Throws before `start` has resolved. */
  port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('the telemetry server is not started');
    return address.port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      respond(response, 405, 'only GET\n');
      return;
    }
    const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
    switch (path) {
      case '/metrics':
        respond(response, 200, await this.#options.registry.metrics(), this.#options.registry.contentType);
        return;
      case '/healthz':
        respondProbes(response, this.#options.liveness);
        return;
      case '/readyz':
        respondProbes(response, this.#options.readiness);
        return;
      default:
        await this.#route(path, new URLSearchParams(query), request, response);
    }
  }

  async #route(
    path: string,
    query: URLSearchParams,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const route = this.#routes.get(path);
    if (route === undefined) {
      respond(response, 404, 'not found\n');
      return;
    }
    const answer = await route({ query, headers });
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    if (answer.body) respond(response, answer.status, answer.body.text, answer.body.contentType);
    else response.writeHead(answer.status).end();
  }
}

function respondProbes(response: ServerResponse, probes: Readonly<Record<string, Probe>>): void {
  const failures: string[] = [];
  for (const [name, probe] of Object.entries(probes)) {
    const reason = probe();
    if (reason !== undefined) failures.push(`${name}: ${reason}\n`);
  }
  if (failures.length === 0) respond(response, 200, 'ok\n');
  else respond(response, 503, failures.join(''));
}

function respond(response: ServerResponse, status: number, body: string, contentType = 'text/plain'): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
