import { ownTagPrefixes } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const googleArtifactRegistry: RegistryProfile = {
  adapter: 'GoogleArtifactRegistry',
  title: 'Google Artifact Registry',
  proven: false,
  hosts: [/^[a-z0-9-]+-docker\.pkg\.dev$/, /^(?:[a-z]+\.)?gcr\.io$/],
  release: ['DeleteTag', 'Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'A cleanup policy of the repository: gcloud artifacts repositories set-cleanup-policies --policy=FILE. Keep policies win over delete policies.',
    snippet: JSON.stringify(
      [
        {
          name: 'needed-by-releases',
          action: { type: 'Keep' },
          condition: { tagState: 'tagged', tagPrefixes: ownTagPrefixes(owners) },
        },
      ],
      undefined,
      2,
    ),
  }),
  notes: [
    'The command replaces the policies that there are: add this one to them. A repository has room for 10.',
    'Immutable tags must be off: a keep tag could not be given up.',
  ],
};
