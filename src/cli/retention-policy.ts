import { REGISTRY_ADAPTERS, type RegistryAdapter } from '../api/protection-spec.ts';
import { RegistryHost } from '../api/scalars.ts';
import { OWNER } from '../domain/protection/keep-tag.ts';
import { profileOf, REGISTRY_PROFILES } from '../domain/protection/profiles.ts';
import type { RegistryProfile } from '../domain/protection/registry-profile.ts';
import { type Command, parseFlags, usageError, type World } from './command.ts';
import { EXIT, EXIT_CODES_HELP, type Exit } from './exit-code.ts';
import { table } from './table.ts';

const NAME = 'retention-policy';
const KINDS = REGISTRY_ADAPTERS.filter((kind) => kind !== 'Auto');

const HELP = `Usage: kubectl artifactrelease retention-policy [--registry KIND | --host HOST] [--owner ID]...

Prints what the clean-up of a registry has to be told so that it spares keep tags; on standard error, where that goes
and what else to know. Pasted as it is, it deletes nothing. Without arguments, lists the registries that are known.

Flags:
  --registry <kind>  ${KINDS.slice(0, 5).join(', ')},
                     ${KINDS.slice(5).join(', ')}
  --host <host>      a registry that can be told by its host, such as ghcr.io; others are taken for Distribution
  --owner <id>       spare the tags of this owner alone; repeat it for several (default: of every owner)
  --help, -h         this text

${EXIT_CODES_HELP}`;

export const retentionPolicyCommand: Command = {
  name: NAME,
  summary: "what a registry's own clean-up has to be told",
  help: HELP,
  async run(args, world) {
    const {
      host,
      owner = [],
      registry,
    } = parseFlags(NAME, args, {
      registry: { type: 'string' },
      host: { type: 'string' },
      owner: { type: 'string', multiple: true },
    });
    for (const one of owner)
      if (!OWNER.test(one))
        throw usageError(NAME, `--owner ${one} is none: an owner is 4 to 16 lower-case letters and digits`);
    if (registry !== undefined && host !== undefined)
      throw usageError(NAME, '--registry and --host exclude each other: give the one that you know');
    if (registry !== undefined) return print(profileOf('', kindOf(registry)), owner, world);
    if (host !== undefined) return print(profileOf(hostOf(host), 'Auto'), owner, world);
    if (owner.length > 0) throw usageError(NAME, '--owner needs --registry or --host beside it');
    return list(world);
  },
};

function kindOf(text: string): RegistryAdapter {
  const kind = KINDS.find((one) => one.toLowerCase() === text.toLowerCase());
  if (kind === undefined)
    throw usageError(NAME, `--registry ${text} is not known; known are ${KINDS.join(', ')}`);
  return kind;
}

function hostOf(text: string): string {
  if (RegistryHost.safeParse(text.toLowerCase()).success) return text;
  throw usageError(
    NAME,
    `--host ${text} is not a host: give it as image references begin, without https:// and path`,
  );
}

function print(profile: RegistryProfile, owners: readonly string[], world: World): Exit {
  const { snippet, where } = profile.retentionPolicy(owners);
  world.tell(`${profile.title}: ${stateOf(profile)}`);
  world.tell(where);
  for (const note of profile.notes) world.tell(`- ${note}`);
  world.out(`${snippet.trimEnd()}\n`);
  return EXIT.done;
}

function list(world: World): Exit {
  const rows = REGISTRY_PROFILES.map((profile) => [profile.adapter, stateOf(profile), profile.title]);
  world.out(table([['KIND', 'STATE', 'REGISTRY'], ...rows]));
  return EXIT.done;
}

const stateOf = ({ proven }: RegistryProfile): string =>
  proven ? 'proven against the registry itself' : 'experimental, built from its documentation';
