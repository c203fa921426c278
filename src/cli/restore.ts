import { z } from 'zod';
import { ApiClient } from '../adapters/kubernetes/api-client.ts';
import { loadClusterAccess } from '../adapters/kubernetes/kube-config.ts';
import { resourcePath } from '../adapters/kubernetes/resource-path.ts';
import { RELEASES } from '../adapters/kubernetes/resources.ts';
import { commandAnnotation } from '../api/artifact-release.ts';
import { ArchivedDigest, RestoredDigest } from '../api/protection-status.ts';
import { Digest, Duration } from '../api/scalars.ts';
import { hexOf } from '../domain/digest.ts';
import { milliseconds } from '../domain/time.ts';
import { type Command, parseWords, usageError, type World } from './command.ts';
import { CommandError, EXIT, EXIT_CODES_HELP, type Exit } from './exit-code.ts';

const NAME = 'restore';
const FIELD_MANAGER = 'kubectl-artifactrelease';
const ANNOTATION = commandAnnotation('restore');
const POLL_MS = 1_000;
const FEWEST_DIGITS = 8;

const HELP = `Usage: kubectl artifactrelease restore DIGEST RELEASE [-n NAMESPACE] [--wait 10m]

Brings a digest back that was archived before its protection was given up: with its signatures, into the repository of
the release. DIGEST may be its first ${FEWEST_DIGITS} hex digits. Prints the command that returns the workloads to it.

Flags:
  --namespace, -n <name>  of the release (default: that of the context)
  --context <name>        of the kubeconfig (default: the current one)
  --wait <duration>       longest wait until it is back, 0s for none (default: 10m)
  --help, -h              this text

${EXIT_CODES_HELP}`;

/** The part of a release that is looked at. */
const Release = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  status: z
    .object({
      restored: z.array(RestoredDigest).default([]),
      protection: z
        .object({
          digests: z.array(z.object({ digest: Digest, reason: z.string() })).default([]),
          archived: z.array(ArchivedDigest).default([]),
        })
        .default({ digests: [], archived: [] }),
    })
    .default({ restored: [], protection: { digests: [], archived: [] } }),
});
type Release = z.infer<typeof Release>;

interface Wish {
  readonly digest: string;
  readonly name: string;
  readonly namespace: string;
  readonly waitMs: number;
}

export const restoreCommand: Command = {
  name: NAME,
  summary: 'bring an archived digest back into its registry',
  help: HELP,
  async run(args, world) {
    const { positionals, values } = parseWords(NAME, args, {
      namespace: { type: 'string', short: 'n' },
      context: { type: 'string' },
      wait: { type: 'string' },
    });
    const [digest, name, ...more] = positionals;
    if (digest === undefined || name === undefined || more.length > 0)
      throw usageError(NAME, 'it takes a digest and the name of a release');
    const { context, wait = '10m' } = values;
    if (!Duration.safeParse(wait).success)
      throw usageError(NAME, `--wait ${wait} is no duration, such as 10m`);
    const access = await loadClusterAccess(context === undefined ? {} : { context });
    const client = new ApiClient({ access, userAgent: FIELD_MANAGER });
    const { namespace = access.namespace } = values;
    try {
      return await new Restoring(client, world).run({ digest, name, namespace, waitMs: milliseconds(wait) });
    } finally {
      await client.close();
    }
  },
};

class Restoring {
  readonly #client: ApiClient;
  readonly #world: World;

  constructor(client: ApiClient, world: World) {
    this.#client = client;
    this.#world = world;
  }

  async run({ digest: prefix, name, namespace, waitMs }: Wish): Promise<Exit> {
    const path = resourcePath(RELEASES, { namespace, name });
    const release = await this.#read(path);
    const digest = resolve(prefix, release, `${namespace}/${name}`);
    const next = `kubectl annotate ar ${name} -n ${namespace} ${commandAnnotation('rollback-to')}=${digest}\n`;
    if (reasonOf(release, digest) !== 'Protected') {
      const body = { metadata: { annotations: { [ANNOTATION]: digest } } };
      await this.#attempt(() => this.#client.mergePatch(path, body, { fieldManager: FIELD_MANAGER }));
      if (waitMs > 0) await this.#wait(path, digest, waitMs);
    }
    this.#world.out(next);
    return EXIT.done;
  }

  async #wait(path: string, digest: string, waitMs: number): Promise<void> {
    const { clock, tell } = this.#world;
    const until = clock.monotonic() + waitMs;
    let told = '';
    for (;;) {
      const release = await this.#read(path);
      const asked = ANNOTATION in release.metadata.annotations;
      const isRestored = release.status.restored.some((one) => one.digest === digest);
      if (!asked && !isRestored)
        throw new CommandError(EXIT.failed, 'the operator refuses it; kubectl describe ar says why');
      const reason = asked ? 'waiting for the operator' : (reasonOf(release, digest) ?? 'not asked for yet');
      if (reason === 'Protected') return;
      if (reason !== told) tell(`${hexOf(digest).slice(0, FEWEST_DIGITS)}: ${reason}`);
      told = reason;
      if (clock.monotonic() >= until)
        throw new CommandError(
          EXIT.failed,
          `it is not back yet (${reason}); it goes on without this command`,
        );
      await clock.sleep(POLL_MS, new AbortController().signal);
    }
  }

  async #read(path: string): Promise<Release> {
    return Release.parse(await this.#attempt(() => this.#client.get<unknown>(path)));
  }

  async #attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw new CommandError(EXIT.failed, cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
}

const reasonOf = ({ status }: Release, digest: string): string | undefined =>
  status.protection.digests.find((one) => one.digest === digest)?.reason;

/** The whole digest, of which people have the beginning at hand. */
function resolve(text: string, { status: { protection } }: Release, release: string): string {
  if (Digest.safeParse(text).success) return text;
  const prefix = text.includes(':') ? hexOf(text) : text;
  const { archived } = protection;
  const found = archived.filter(({ digest }) => hexOf(digest).startsWith(prefix));
  const [first, second] = found;
  if (prefix.length >= FEWEST_DIGITS && first && !second) return first.digest;
  const why =
    prefix.length < FEWEST_DIGITS
      ? `${text} is too short: give ${FEWEST_DIGITS} hex digits at least`
      : `${text} names ${second ? 'several of' : 'none of'} the archived digests of ${release}`;
  const list = archived.map(
    ({ archivedAt, digest, version = '-' }) => `  ${digest}  ${version}  ${archivedAt}`,
  );
  throw new CommandError(EXIT.failed, [why, ...(list.length > 0 ? ['archived:', ...list] : [])].join('\n'));
}
