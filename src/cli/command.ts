import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { Clock } from '../controller/clock.ts';
import { CommandError, EXIT, type Exit } from './exit-code.ts';

/** What a command has of the world. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Standard input. */
  readonly input: Readable;
  /** Results, for the next program. */
  out(text: string): void;
  /** A line for people: progress, warnings. */
  tell(line: string): void;
}

export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** The text of --help. */
  readonly help: string;
  /** `args` are those after its name. Throws CommandError. */
  run(args: readonly string[], world: World): Promise<Exit>;
}

type Flags = Readonly<
  Record<
    string,
    { readonly type: 'string' | 'boolean'; readonly multiple?: boolean; readonly short?: string }
  >
>;

/** Reads the flags of a command, which takes nothing else. */
export function parseFlags<const T extends Flags>(command: string, args: readonly string[], options: T) {
  return attempt(command, () => parseArgs({ args: [...args], options }).values);
}

/** Reads the flags of a command, and what stands beside them. */
export function parseWords<const T extends Flags>(command: string, args: readonly string[], options: T) {
  return attempt(command, () => parseArgs({ args: [...args], options, allowPositionals: true }));
}

function attempt<T>(command: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw usageError(command, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

export const usageError = (command: string, problem: string, cause?: unknown): CommandError =>
  new CommandError(EXIT.usage, `${problem}. See kubectl artifactrelease ${command} --help`, { cause });
