import { collect } from './collect.ts';
import { type Command, parseFlags, usageError } from './command.ts';
import { CommandError, EXIT, EXIT_CODES_HELP } from './exit-code.ts';
import { DEFAULT_NAMESPACE, SOURCE_HELP } from './operator-source.ts';
import type { ProtectedDocument } from './protected-document.ts';
import { repositoriesOf, sourcesOf } from './source-flags.ts';
import { table } from './table.ts';

const NAME = 'protected';

const HELP = `Usage: kubectl artifactrelease protected [--repository REPOSITORY]... [-o text|json] [--from SOURCE]

Prints which digests the operator of a cluster protects, for which releases, and how far that is.

Flags:
  --repository <name>  only of this one, with its host: registry.example.com/shop/checkout; repeat it for several
  --output, -o <form>  text or json (default: text)
${SOURCE_HELP}
  --help, -h           this text

${EXIT_CODES_HELP}
A list that is not complete is printed, and the exit code is 3.
`;

export const protectedCommand: Command = {
  name: NAME,
  summary: 'what the operator of a cluster protects',
  help: HELP,
  async run(args, world) {
    const flags = parseFlags(NAME, args, {
      repository: { type: 'string', multiple: true },
      output: { type: 'string', short: 'o' },
      from: { type: 'string' },
      namespace: { type: 'string' },
    });
    const { from, namespace = DEFAULT_NAMESPACE, output = 'text', repository = [] } = flags;
    if (output !== 'text' && output !== 'json')
      throw usageError(NAME, `--output ${output} is not known; it is text or json`);
    const sources = sourcesOf(NAME, from === undefined ? [] : [from], namespace);
    for (const reading of await collect(sources, repositoriesOf(NAME, repository))) {
      if ('problem' in reading)
        throw refusal(reading.source, `what it protects is not known: ${reading.problem}`);
      const { document, source } = reading;
      world.out(output === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : textOf(document));
      if (!document.complete)
        throw refusal(source, `its list is not complete: ${document.missing.join('; ')}`);
    }
    return EXIT.done;
  },
};

const refusal = (source: string, problem: string) => new CommandError(EXIT.refused, `${source}: ${problem}`);

const textOf = ({ digests }: ProtectedDocument): string =>
  table([
    ['DIGEST', 'ROLES', 'STATE', 'MANIFESTS', 'RELEASES'],
    ...digests.map(({ digest, members, reason, releases, repository, roles }) => [
      `${repository}@${digest}`,
      roles.join(','),
      reason,
      String(members.length),
      releases.join(','),
    ]),
  ]);
