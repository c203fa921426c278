import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it arrived. */
export interface ReceivedQuery {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: string;
  readonly time: number;
  /** Of a range query. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What to do with a request: answer, cut the connection, or never answer. */
export type ScriptedAnswer =
  | { readonly status: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | 'reset'
  | 'hang';

export type Script = (query: ReceivedQuery) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** A Prometheus on 127.0.0.1 that does what the test says, and remembers what it was asked. */
export interface ScriptedPrometheus extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedQuery[];
  /** Most requests that were in work at once. */
  readonly mostInFlight: number;
}

/** Starts one; over HTTPS where `tls` is given. `await using` stops it. */
export async function startScriptedPrometheus(
  script: Script,
  tls?: ServerOptions,
): Promise<ScriptedPrometheus> {
  const received: ReceivedQuery[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const listener: RequestListener = async (request, response) => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    const form = new URLSearchParams(await text(request));
    const { method = '', url = '', headers } = request;
    const numberOf = (name: string): number => Number(form.get(name));
    const query = {
      method,
      path: url,
      headers,
      query: form.get('query') ?? '',
      time: numberOf('time'),
      start: numberOf('start'),
      end: numberOf('end'),
      step: numberOf('step'),
    };
    received.push(query);
    send(response, await script(query));
    inFlight -= 1;
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    received,
    get mostInFlight() {
      return mostInFlight;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.destroy();
    return;
  }
  response
    .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    .end(answer.text);
}

const success = (data: unknown, warnings?: readonly string[]): ScriptedAnswer => ({
  status: 200,
  text: JSON.stringify({ status: 'success', data, ...(warnings && { warnings }) }),
});

/** Seconds since 1970, and a number as text. */
export type Sample = readonly [time: number, value: string];

/** One element of an instant vector, sampled at `time`. */
export interface ScriptedSeries {
  readonly metric?: Readonly<Record<string, string>>;
  readonly value: string;
  readonly time: number;
}

export const vector = (series: readonly ScriptedSeries[], warnings?: readonly string[]): ScriptedAnswer =>
  success(
    {
      resultType: 'vector',
      result: series.map(({ metric = {}, time, value }) => ({ metric, value: [time, value] })),
    },
    warnings,
  );

/** What a range query yields: every series with its values by time. */
export const matrix = (
  series: readonly {
    readonly metric?: Readonly<Record<string, string>>;
    readonly values: readonly Sample[];
  }[],
  warnings?: readonly string[],
): ScriptedAnswer =>
  success(
    { resultType: 'matrix', result: series.map(({ metric = {}, values }) => ({ metric, values })) },
    warnings,
  );

export const scalar = (time: number, value: string): ScriptedAnswer =>
  success({ resultType: 'scalar', result: [time, value] });

export const result = (resultType: string, value: unknown): ScriptedAnswer =>
  success({ resultType, result: value });

/** A refusal in the words of Prometheus. */
export const failure = (status: number, errorType: string, error: string): ScriptedAnswer => ({
  status,
  text: JSON.stringify({ status: 'error', errorType, error }),
});
