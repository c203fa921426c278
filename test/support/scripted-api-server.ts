import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import type { ClusterAccess } from '../../src/adapters/kubernetes/cluster-access.ts';

/** A request as the server got it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** How to answer one request. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** An HTTP server that answers as its script says, to misbehave in exactly one way at a time. */
export class ScriptedApiServer implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly access: ClusterAccess;
  #connections = 0;
  #authentications = 0;
  readonly #agent = new Agent({ allowH2: false });
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', () => {
      this.#connections += 1;
    });
    this.access = {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      namespace: 'default',
      dispatcher: this.#agent,
      authenticate: async () => {
        this.#authentications += 1;
        return { authorization: `Bearer token-${this.#authentications}` };
      },
    };
  }

  /** `answer` is called for every request, after its body has been read. */
  static async start(answer: Answer): Promise<ScriptedApiServer> {
    const httpServer = createServer(async (incoming, response) => {
      const request = await receive(incoming);
      server.requests.push(request);
      answer(response, request);
    });
    await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
    const server = new ScriptedApiServer(httpServer);
    return server;
  }

  /** TCP connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', 'http://server');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answers with a `v1.Status` failure. */
export function failure(status: number, reason: string, headers: Record<string, string> = {}): Answer {
  return json({ kind: 'Status', code: status, reason, message: `${reason} happened` }, status, headers);
}

/** Answers as a watch: writes the lines and leaves the connection open, half-open for all the client knows. */
export function openWatch(...events: unknown[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of events) response.write(toLine(event));
  };
}

/** As `openWatch`, and then closes cleanly. */
export function closedWatch(...events: unknown[]): Answer {
  return (response, request) => {
    openWatch(...events)(response, request);
    response.end();
  };
}

/** As `openWatch`, and then resets the connection. */
export function brokenWatch(...events: unknown[]): Answer {
  return (response, request) => {
    openWatch(...events)(response, request);
    setImmediate(() => response.socket?.resetAndDestroy());
  };
}

/** Resets the connection without an answer. */
export const reset: Answer = (response) => response.socket?.resetAndDestroy();

/** Never answers. */
export const silence: Answer = () => undefined;

/** Gives the answers in turn, and the last one for ever. */
export function inTurn(...answers: [Answer, ...Answer[]]): Answer {
  let [current] = answers;
  const rest = answers.slice();
  return (response, request) => {
    current = rest.shift() ?? current;
    current(response, request);
  };
}

/** A string goes out as it is, to be broken on purpose. */
function toLine(event: unknown): string {
  return typeof event === 'string' ? event : `${JSON.stringify(event)}\n`;
}
