import { MalformedEventError } from '../../controller/list-watcher.ts';

/** One line of a watch as the server wrote it. */
export interface RawWatchEvent {
  /** ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
  readonly type: string;
  readonly object: unknown;
}

const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes into lines of at most `maxBytes`; a last line without an end was cut off in flight
 * and is dropped. Works on bytes: a character split between two chunks stays whole, and a long line is copied
 * once instead of once a chunk. Throws MalformedEventError on a longer line.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(pending);
      if (line.byteLength > maxBytes) throw lineTooLong(maxBytes);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line.byteLength > 0) yield line;
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.byteLength - start;
    if (pendingBytes > maxBytes) throw lineTooLong(maxBytes);
  }
}

/** The events of a watch body. Throws MalformedEventError on a line that is none. */
export async function* decodeWatchStream(
  body: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<RawWatchEvent> {
  for await (const line of splitLines(body, maxLineBytes)) yield parseEvent(line);
}

function parseEvent(line: Buffer): RawWatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new MalformedEventError('watch line is not JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && 'type' in value && 'object' in value) {
    if (typeof value.type === 'string') return { type: value.type, object: value.object };
  }
  throw new MalformedEventError('watch line is not an event');
}

function lineTooLong(maxBytes: number): MalformedEventError {
  return new MalformedEventError(`watch line is longer than ${maxBytes} bytes`);
}
