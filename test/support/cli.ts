import { Readable } from 'node:stream';
import type { Exit } from '../../src/cli/exit-code.ts';
import { runCli as run } from '../../src/cli/program.ts';
import { type Clock, systemClock } from '../../src/controller/clock.ts';

/** How a command ended, and what it printed. */
export interface Ran {
  readonly exit: Exit;
  readonly out: string;
  readonly told: string;
}

/** Runs the kubectl plugin in this process. Without `environment`, nobody is logged in anywhere. */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  clock: Clock = systemClock,
  input = '',
): Promise<Ran> {
  let out = '';
  let told = '';
  const exit = await run(args, {
    environment: { DOCKER_CONFIG: '/nonexistent', ...environment },
    clock,
    input: Readable.from([input]),
    out: (text) => {
      out += text;
    },
    tell: (line) => {
      told += `${line}\n`;
    },
  });
  return { exit, out, told };
}
