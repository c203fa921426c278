import type { Digest } from '../api/scalars.ts';
import type { ProtectedDocument } from './protected-document.ts';

/** A manifest that has to stay. */
export interface Needed {
  readonly repository: string;
  readonly digest: Digest;
  /** `namespace/name` of the releases that need it. */
  readonly releases: readonly string[];
}

/** Everything that must stay, each manifest once, sorted. */
export function neededContents(documents: readonly ProtectedDocument[]): readonly Needed[] {
  const all = documents
    .flatMap(({ digests }) => digests)
    .flatMap(({ digest, members, releases, repository }) =>
      [digest, ...members].map((member) => ({ repository, digest: member, releases })),
    );
  const byName = Map.groupBy(all, nameOf);
  return [...byName.keys()].sort().flatMap((name) => {
    const [first, ...rest] = byName.get(name) ?? [];
    if (first === undefined) return [];
    return { ...first, releases: [...new Set([first, ...rest].flatMap(({ releases }) => releases))] };
  });
}

/** `repository@digest`. */
export const nameOf = ({ digest, repository }: Pick<Needed, 'repository' | 'digest'>): string =>
  `${repository}@${digest}`;
