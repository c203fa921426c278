import type { ProtectedDigest } from '../../ports/protected-digests.ts';

/** Releases that are named in a line; a signature of a base image may be needed by all of them. */
const MAX_NAMED = 20;

interface Uses {
  readonly roles: Set<string>;
  readonly releases: Set<string>;
}

/** `repository@digest roles releases`, a line for each manifest that must stay, sorted. The same uses, the same lines. */
export function protectedLines(digests: readonly ProtectedDigest[]): readonly string[] {
  const uses = new Map<string, Uses>();
  for (const { repository, members, roles, releases } of digests) {
    for (const member of members) {
      const name = `${repository}@${member}`;
      const known = uses.get(name) ?? { roles: new Set(), releases: new Set() };
      uses.set(name, known);
      for (const role of roles) known.roles.add(role);
      for (const release of releases) known.releases.add(release);
    }
  }
  return [...uses]
    .map(([name, { roles, releases }]) => `${name} ${listed(roles)} ${listed(releases)}\n`)
    .sort();
}

/** Texts of whole lines, none longer than `maxBytes`. At least one, if only to say that there is nothing. */
export function shardsOf(lines: readonly string[], maxBytes: number): readonly string[] {
  const shards: string[][] = [[]];
  let size = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line);
    if (size + length > maxBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)?.push(line);
    size += length;
  }
  return shards.map((shard) => shard.join(''));
}

function listed(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  const more = sorted.length - MAX_NAMED;
  return [...sorted.slice(0, MAX_NAMED), ...(more > 0 ? [`+${more}`] : [])].join(',');
}
