import { describe, expect, it } from 'vitest';
import { splitLines } from '../../../../src/adapters/kubernetes/watch-stream.ts';
import { MalformedEventError } from '../../../../src/controller/list-watcher.ts';

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function linesOf(maxBytes: number, ...chunks: Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunksOf(...chunks), maxBytes)) lines.push(line.toString('utf8'));
  return lines;
}

describe('splitLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const bytes = Buffer.from('ein\n\nzwölf\ndrei\nrest');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const lines = await linesOf(100, bytes.subarray(0, cut), bytes.subarray(cut));
      expect(lines).toEqual(['ein', 'zwölf', 'drei']);
    }
  });

  it.each([
    { what: 'in one piece', chunks: ['123456\n'] },
    { what: 'in pieces', chunks: ['123', '456\n'] },
    { what: 'without an end', chunks: ['123', '456'] },
  ])('refuses a line over the limit that comes $what', async ({ chunks }) => {
    await expect(linesOf(5, ...chunks.map((chunk) => Buffer.from(chunk)))).rejects.toBeInstanceOf(
      MalformedEventError,
    );
  });

  it('takes a line of exactly the limit', async () => {
    expect(await linesOf(5, Buffer.from('12345\n12345\n'))).toEqual(['12345', '12345']);
  });
});
