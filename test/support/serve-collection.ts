import type { ServerResponse } from 'node:http';
import { type Answer, failure, json, openWatch, reset } from './scripted-api-server.ts';
import type { SimulatedCollection, SimulatedEvent, WatchFault } from './simulated-collection.ts';

/** Serves a simulated collection over HTTP, as the API server does. */
export function serveCollection(collection: SimulatedCollection): Answer {
  return (response, request) => {
    const { query } = request;
    if (collection.takeFailure()) reset(response, request);
    else if (query.get('watch') === 'true')
      watch(collection, Number(query.get('resourceVersion')))(response, request);
    else list(collection, query.get('continue') ?? undefined)(response, request);
  };
}

function list(collection: SimulatedCollection, continueToken: string | undefined): Answer {
  const page = collection.page(continueToken);
  if (page === undefined) return failure(410, 'Expired');
  const { items, resourceVersion } = page;
  return json({
    metadata: { resourceVersion: String(resourceVersion), continue: page.continueToken ?? '' },
    items,
  });
}

function watch(collection: SimulatedCollection, resourceVersion: number): Answer {
  return (response, request) => {
    const replayed: SimulatedEvent[] = [];
    let send = (event: SimulatedEvent): unknown => replayed.push(event);
    const leave = collection.watch(resourceVersion, {
      send: (event) => send(event),
      fail: (fault) => breakWatch(response, fault),
    });
    if (leave === undefined) {
      failure(410, 'Expired')(response, request);
      return;
    }
    response.once('close', leave);
    openWatch(...replayed.map(toLine))(response, request);
    send = (event) => response.write(toLine(event));
  };
}

function breakWatch(response: ServerResponse, fault: WatchFault): void {
  switch (fault) {
    case 'close':
      response.end();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'expired':
      response.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
      return;
    case 'error':
      response.end('{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n');
      return;
    case 'malformed':
      response.write('{"type":"ADDED","obj\n');
      return;
    case 'silence':
      return;
  }
}

/** A deletion carries the version at which it happened; a bookmark nothing but a version. */
function toLine({ type, object, resourceVersion }: SimulatedEvent): string {
  const sent = type === 'BOOKMARK' ? { metadata: { resourceVersion: String(resourceVersion) } } : object;
  return `${JSON.stringify({ type, object: sent })}\n`;
}
