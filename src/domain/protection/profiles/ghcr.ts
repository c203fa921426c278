import { ownTagGlobs } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

const step = (tags: string): string => `- uses: dataaxiom/ghcr-cleanup-action@v1
  with:
    exclude-tags: "${tags}"
    dry-run: true
`;

export const ghcr: RegistryProfile = {
  adapter: 'GHCR',
  title: 'GitHub Container Registry',
  proven: false,
  hosts: [/^ghcr\.io$/],
  release: ['Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'yaml',
    where:
      'The step of a workflow that cleans up. It only says what it would delete until dry-run is taken away.',
    snippet: step(ownTagGlobs(owners).join(',')),
  }),
  notes: [
    'GitHub itself deletes nothing; actions do. Others have an option of their own for tags to skip, with the same patterns.',
    'actions/delete-package-versions does not know which versions belong to an index; use one that does.',
    'A version has all its tags together: deleting one deletes the keep tags on it, so tags are never deleted here.',
  ],
};
