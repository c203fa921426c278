import manifest from '../../package.json' with { type: 'json' };
import type { Command, World } from './command.ts';
import { CommandError, EXIT, EXIT_CODES_HELP, type Exit } from './exit-code.ts';
import { gcGuardCommand } from './gc-guard-command.ts';
import { protectedCommand } from './protected.ts';
import { replayCommand } from './replay.ts';
import { restoreCommand } from './restore.ts';
import { retentionPolicyCommand } from './retention-policy.ts';

const COMMANDS: readonly Command[] = [
  protectedCommand,
  retentionPolicyCommand,
  gcGuardCommand,
  restoreCommand,
  replayCommand,
];

const HELP = `Usage: kubectl artifactrelease COMMAND [flags]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}`).join('\n')}

Flags:
  --help, -h        this text; after a command, that of the command
  --version         the version

${EXIT_CODES_HELP}`;

/** Runs the command that the arguments name, and says what became of it. */
export async function runCli(args: readonly string[], world: World): Promise<Exit> {
  try {
    return await dispatch(args, world);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    world.tell(error.message);
    return error.exit;
  }
}

async function dispatch([name, ...args]: readonly string[], world: World): Promise<Exit> {
  if (name === '--version') return printed(`${manifest.version}\n`, world);
  if (isHelp(name)) return printed(HELP, world);
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const problem = name === undefined ? 'there is no command' : `${name} is not a command`;
    throw new CommandError(EXIT.usage, `${problem}. See kubectl artifactrelease --help`);
  }
  // What is behind -- are the arguments of somebody else.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return own.some(isHelp) ? printed(command.help, world) : await command.run(args, world);
}

const isHelp = (argument: string | undefined): boolean => argument === '--help' || argument === '-h';

function printed(text: string, world: World): Exit {
  world.out(text);
  return EXIT.done;
}
