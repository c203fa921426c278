#!/usr/bin/env node
import { systemClock } from '../controller/clock.ts';
import { runCli } from './program.ts';

/** Exit codes: see exit-code.ts. */
process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  clock: systemClock,
  input: process.stdin,
  out: (text) => process.stdout.write(text),
  tell: (line) => process.stderr.write(`${line}\n`),
});
