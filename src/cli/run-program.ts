import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program ended, in words; undefined if it succeeded. Rejects if it cannot be started. */
export async function runProgram(
  [file, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const child = spawn(file, args, { stdio: 'inherit', env: environment });
  // What was asked of us is for the program; what comes after it has to be done in any case. A terminal interrupts both.
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  const ignore = () => undefined;
  process.on('SIGTERM', passOn).on('SIGINT', ignore);
  try {
    const [code, signal] = await once(child, 'exit');
    if (signal !== null) return `it was ended by ${signal}`;
    return code === 0 ? undefined : `it ended with exit code ${code}`;
  } finally {
    process.off('SIGTERM', passOn).off('SIGINT', ignore);
  }
}
