import { type Artifact, legacyTag, referrersTag } from './artifact-world.ts';
import type { CollectedRegistry } from './collected-registry.ts';

/** Tags by which what is attached to it is found. */
export const discoveryTagsOf = ({ attached }: Artifact): readonly string[] => [
  ...new Set(
    attached.map(({ kind, subject }) =>
      kind === 'legacy signature' ? legacyTag(subject) : referrersTag(subject),
    ),
  ),
];

/** As a clean-up that knows nothing of protection: the versions move on, and what is attached loses its tags. */
export async function retain(
  { repository, world }: Pick<CollectedRegistry, 'repository' | 'world'>,
  artifacts: readonly Artifact[],
): Promise<void> {
  await world.image(
    'newest',
    artifacts.map(({ name }) => name),
  );
  const tags = new Set(await repository.tags());
  for (const tag of artifacts.flatMap(discoveryTagsOf)) if (tags.has(tag)) await repository.untag(tag);
}
