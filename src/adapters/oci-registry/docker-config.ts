import { z } from 'zod';
import type { PullSecret } from '../../ports/pull-secrets.ts';
import type { Credential } from './credential.ts';
import { matchesGlob } from './host-glob.ts';

const Entry = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  /** Base64 of `username:password`; goes before the two. */
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});
type Entry = z.infer<typeof Entry>;

const Auths = z.record(z.string(), Entry);
const DockerConfig = z.object({ auths: Auths });

/** A place to which a credential belongs: a host name, which may hold globs, a port and the beginning of a path. */
interface CredentialScope {
  readonly labels: readonly string[];
  readonly port: string;
  /** Begins with a slash, or empty. */
  readonly path: string;
}

/** One entry of a Docker configuration. */
export interface DockerConfigEntry {
  /** Host, port and path, as the kubelet sorts them. */
  readonly key: string;
  readonly credential: Credential;
}

const DOCKER_HUB_KEY = 'index.docker.io';

/** The entries that can be used, and what is wrong with the rest. Neither ever repeats a secret. */
export interface ParsedDockerConfig {
  readonly entries: readonly DockerConfigEntry[];
  readonly problems: readonly string[];
}

/** Reads the content of a Secret; `origin` names it in messages. */
export function parseDockerConfig({ format, json }: PullSecret, origin: string): ParsedDockerConfig {
  const schema = format === 'dockercfg' ? Auths.transform((auths) => ({ auths })) : DockerConfig;
  const config = schema.safeParse(parseJson(json));
  if (!config.success) return { entries: [], problems: [`${origin} is not a Docker configuration`] };
  const entries: DockerConfigEntry[] = [];
  const problems: string[] = [];
  for (const [location, entry] of Object.entries(config.data.auths)) {
    const credential = toCredential(entry, origin);
    if (credential !== undefined) entries.push({ key: toKey(location), credential });
    else problems.push(`${origin} has no usable credentials for ${JSON.stringify(location)}`);
  }
  return { entries, problems };
}

/**
 * The credentials for `registry/path`, in the order in which the kubelet tries them: the longest path first, exact
 * hosts before globs; those of equal rank as they come. Docker Hub's own key counts where nothing else does.
 */
export function findCredentials(
  entries: readonly DockerConfigEntry[],
  repository: string,
): readonly Credential[] {
  const target = toScope(repository);
  const matching = entries.filter(({ key }) => covers(toScope(key), target));
  const hub = repository.startsWith('docker.io/') ? entries.filter(({ key }) => key === DOCKER_HUB_KEY) : [];
  return (matching.length > 0 ? matching : hub)
    .toSorted((one, other) => (one.key === other.key ? 0 : one.key < other.key ? 1 : -1))
    .map(({ credential }) => credential);
}

/** A path is a plain beginning, not one of whole segments: what the kubelet can pull with is what is tried here. */
function covers(scope: CredentialScope, target: CredentialScope): boolean {
  return (
    scope.port === target.port &&
    scope.labels.length === target.labels.length &&
    target.path.startsWith(scope.path) &&
    scope.labels.every((glob, index) => matchesGlob(glob, target.labels[index] ?? ''))
  );
}

/** Without its scheme, and without the `/v1/` and `/v2/` that Docker wrote for a whole registry. */
function toKey(location: string): string {
  return location
    .replace(/^https?:\/\//, '')
    .replace(/^([^/]*)\/v[12]\//, '$1/')
    .replace(/^([^/]*)\/$/, '$1');
}

function toScope(key: string): CredentialScope {
  const slash = key.indexOf('/');
  const [authority, path] = slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash)];
  const [, host = authority, port = ''] = /^(.*):(\d*)$/.exec(authority) ?? [];
  return { labels: host.split('.'), port, path };
}

function toCredential(entry: Entry, origin: string): Credential | undefined {
  if (entry.registrytoken) return { kind: 'registryToken', token: entry.registrytoken, origin };
  if (entry.identitytoken) return { kind: 'identityToken', token: entry.identitytoken, origin };
  const { username = '', password = '' } = entry.auth ? decodeAuth(entry.auth) : entry;
  if (username === '' && password === '') return undefined;
  return { kind: 'basic', username, password, origin };
}

/** At the first colon: passwords hold colons, names do not. */
function decodeAuth(auth: string): { readonly username?: string; readonly password?: string } {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return {};
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/^\0+|\0+$/g, '') };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
