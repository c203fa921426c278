import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { World } from './command.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** A file, or `-` for standard input. */
export const opened = (file: string, { input }: World): Readable =>
  file === '-' ? input : createReadStream(file);

/** Hands the lines of a file to `task`. Rejects with CommandError where the file cannot be read. */
export async function withLines<T>(
  file: string,
  world: World,
  task: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const input = opened(file, world);
  // The lines end where reading fails, and do not say so.
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  return orFail(file, Promise.race([failed, task(createInterface({ input }))]));
}

/** The outcome of something that is done to a file; CommandError where it cannot be done. */
export async function orFail<T>(file: string, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
    throw new CommandError(EXIT.failed, `${file}: ${cause.message}`, { cause });
  }
}
