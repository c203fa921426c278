import type { IncomingHttpHeaders } from 'node:http';

export interface RouteRequest {
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

export interface RouteAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Absent where the status says it all, as 304 does. */
  readonly body?: { readonly contentType: string; readonly text: string };
}

/** Answers a GET. Must be bounded, in time and in size. */
export type Route = (request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;

/** Of an answer that another try may complete. */
const RETRY_AFTER_SECONDS = 5;
const RETRIED_STATUS = new Set([202, 503]);

/** Indented, for it is read by people with curl. Says when to ask again where that makes sense: after 202 and 503. */
export function jsonAnswer(status: number, body: object, headers: RouteAnswer['headers'] = {}): RouteAnswer {
  return {
    status,
    headers: { ...headers, ...(RETRIED_STATUS.has(status) && { 'retry-after': RETRY_AFTER_SECONDS }) },
    body: { contentType: 'application/json', text: `${JSON.stringify(body, null, 2)}\n` },
  };
}
