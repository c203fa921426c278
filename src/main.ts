#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' };
import { loadClusterAccess } from './adapters/kubernetes/kube-config.ts';
import { HELP, parseCommandLine } from './command-line.ts';
import { type Config, loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { EXIT_CODE, type ExitCode } from './controller/exit-code.ts';
import { createOperator } from './operator.ts';
import { createLogger } from './telemetry/logger.ts';

/** Exit codes: see controller/exit-code.ts. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    const commandLine = parseCommandLine(args);
    if (commandLine.help) process.stdout.write(HELP);
    if (commandLine.version) process.stdout.write(`${manifest.version}\n`);
    if (commandLine.help || commandLine.version) return EXIT_CODE.stopped;
    return await run(loadConfig(commandLine, process.env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODE.badConfiguration;
  }
}

async function run(config: Config): Promise<ExitCode> {
  const log = createLogger(config.logLevel);
  for (const fault of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(fault, (error) => {
      log.fatal({ err: error }, fault);
      process.exit(EXIT_CODE.fault);
    });
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop.abort();
    });
  }
  const access = await loadClusterAccess();
  const code = await createOperator(config, access, log).run(stop.signal);
  log.info({ code }, 'stopped');
  return code;
}
