import type { Digest } from '../api/scalars.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import type { ArtifactContents } from '../ports/artifact-contents.ts';
import type { Manifest, PullAccess, Registry, RepositoryReader } from '../ports/registry.ts';
import { RegistryError } from '../ports/registry-error.ts';
import { AttachedReader } from './attached-reader.ts';
import { doubtOf } from './registry-doubt.ts';

export interface ContentsQuestion {
  readonly repository: string;
  readonly digest: Digest;
  readonly access: PullAccess;
  /** A tag that is looked at beside. */
  readonly tag?: string;
  /** Further repositories with signatures and attestations. */
  readonly sources: readonly string[];
  /** Platforms of an index, `os/architecture`, of which is read what is attached to them. */
  readonly platforms: readonly string[];
}

export interface ChildContents {
  readonly digest: Digest;
  readonly platform: string;
  /** Of the platforms that were asked for. */
  readonly contents?: ArtifactContents;
}

export type ContentsReading =
  | {
      readonly known: true;
      readonly contents: ArtifactContents;
      /** The platforms of an index; none of an image. */
      readonly children: readonly ChildContents[];
      /** Absent where no tag was asked for, or it could not be read. */
      readonly tagged?: Digest | 'absent';
    }
  | ({ readonly known: false; readonly retryAfterMs?: number } & Doubtful);

/**
 * What is attached to a digest: by the referrers API and its fallback tag, which registries that got the API late need
 * both, by cosign's legacy tags, and in further repositories. Never rejects. What could not be read of it is `unread`;
 * without the artifact itself nothing is known.
 */
export async function readContents(
  registry: Registry,
  question: ContentsQuestion,
  signal: AbortSignal,
): Promise<ContentsReading> {
  const { access, digest, platforms, sources, tag } = question;
  try {
    const home = registry.open(question.repository, access);
    const repositories = [home, ...sources.map((source) => registry.open(source, access))];
    // First and alone, so that the requests that follow have a token, and an outage costs one of them.
    const manifest = await home.manifest(digest, signal);
    const attached = new AttachedReader(repositories, signal);
    const [contents, children, tagged] = await Promise.all([
      attached.contentsOf(digest),
      readChildren(attached, manifest, platforms),
      tag === undefined ? undefined : readTag(home, tag, signal),
    ]);
    return { known: true, contents, children, ...(tagged !== undefined && { tagged }) };
  } catch (error) {
    return toDoubt(error, question);
  }
}

/** Reached through the bytes of the verified index only. */
async function readChildren(
  attached: AttachedReader,
  { manifests = [] }: Manifest,
  platforms: readonly string[],
): Promise<readonly ChildContents[]> {
  const children = manifests.flatMap(({ digest, platform }) =>
    platform && platform.os !== 'unknown'
      ? [{ digest, platform: `${platform.os}/${platform.architecture}` }]
      : [],
  );
  return await Promise.all(
    children.map(async (child) =>
      platforms.includes(child.platform)
        ? { ...child, contents: await attached.contentsOf(child.digest) }
        : child,
    ),
  );
}

/** A tag is only looked at: whatever goes wrong with it is no reason to know less about the digest. */
async function readTag(
  home: RepositoryReader,
  tag: string,
  signal: AbortSignal,
): Promise<Digest | 'absent' | undefined> {
  try {
    return (await home.tagged(tag, signal)).digest;
  } catch (error) {
    return error instanceof RegistryError && error.reason === 'NotFound' ? 'absent' : undefined;
  }
}

function toDoubt(error: unknown, { digest, repository }: ContentsQuestion): ContentsReading {
  if (error instanceof RegistryError && error.reason === 'NotFound') {
    const message = `${repository} does not have ${digest}: it was never pushed there, or is deleted`;
    return { known: false, reason: 'RegistryUnavailable', message };
  }
  const retryAfterMs = error instanceof RegistryError ? error.retryAfterMs : undefined;
  return { known: false, ...doubtOf(error), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
