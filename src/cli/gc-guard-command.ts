import { Duration, RegistryHost } from '../api/scalars.ts';
import { milliseconds } from '../domain/time.ts';
import { type Command, parseFlags, usageError } from './command.ts';
import { EXIT_CODES_HELP } from './exit-code.ts';
import { guard } from './gc-guard.ts';
import { DEFAULT_NAMESPACE, SOURCE_HELP } from './operator-source.ts';
import { openRegistries } from './registry-access.ts';
import { repositoriesOf, sourcesOf } from './source-flags.ts';

const NAME = 'gc-guard';

const HELP = `Usage: kubectl artifactrelease gc-guard [--from SOURCE]... [flags] -- COMMAND [ARGS]...

Runs COMMAND, a clean-up of a registry, between two looks at everything that releases need. It asks the operators of
all clusters that use the registry, and runs nothing if one of them cannot be reached, does not know everything, or
knew it too long ago; if two are the same owner; or if something protected is missing already. Afterwards it reads
every protected manifest again, hashes it, and asks for its blobs.

COMMAND finds in $ARTIFACTRELEASE_PROTECTED a file with what is protected, a line each: repository@digest.

Flags:
${SOURCE_HELP}
                      Repeat --from for every cluster that uses the registry.
  --max-age <time>    the oldest that a list may be, such as 90s or 1h (default: 10m)
  --repository <name> look after this one alone, with its host; repeat it for several (default: all)
  --list <file>       write the list into this file and leave it there (default: a temporary file)
  --plain-http <host> speak HTTP without TLS with this registry; repeat it for several
  --help, -h          this text

Credentials for the registry are those of docker login: $DOCKER_CONFIG/config.json, else ~/.docker/config.json.
Credential helpers are not asked. NODE_EXTRA_CA_CERTS names certificates to trust besides those of Node.

${EXIT_CODES_HELP}
That COMMAND failed is 1 as well, and its own exit code is in the message.
`;

export const gcGuardCommand: Command = {
  name: NAME,
  summary: "runs a registry's garbage collection between two checks",
  help: HELP,
  async run(args, world) {
    const end = args.indexOf('--');
    const flags = parseFlags(NAME, end < 0 ? args : args.slice(0, end), {
      from: { type: 'string', multiple: true },
      namespace: { type: 'string' },
      'max-age': { type: 'string' },
      repository: { type: 'string', multiple: true },
      list: { type: 'string' },
      'plain-http': { type: 'string', multiple: true },
    });
    const [file, ...rest] = end < 0 ? [] : args.slice(end + 1);
    if (file === undefined) throw usageError(NAME, 'there is no COMMAND; write it after --');
    const { from = [], list, namespace = DEFAULT_NAMESPACE, repository = [] } = flags;
    const run = {
      sources: sourcesOf(NAME, from, namespace),
      repositories: repositoriesOf(NAME, repository),
      maxAgeMs: maxAgeOf(flags['max-age'] ?? '10m'),
      listFile: list,
      program: [file, ...rest],
    } as const;
    await using registries = await openRegistries(hostsOf(flags['plain-http'] ?? []), world);
    return await guard(run, registries.open, world);
  },
};

function maxAgeOf(text: string): number {
  const ms = Duration.safeParse(text).success ? milliseconds(text) : 0;
  if (ms > 0) return ms;
  throw usageError(NAME, `--max-age ${text} is not a duration above 0, such as 90s or 1h30m`);
}

const hostsOf = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => {
    if (RegistryHost.safeParse(text).success) return text;
    throw usageError(NAME, `--plain-http ${text} is not a host, such as registry.example.com:5000`);
  });
