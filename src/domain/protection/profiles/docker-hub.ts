import { ownTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const dockerHub: RegistryProfile = {
  adapter: 'DockerHub',
  title: 'Docker Hub',
  proven: false,
  hosts: [/^docker\.io$/],
  release: ['Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'text',
    where:
      'It has no clean-up by tag. Scripts that delete its tags have to skip what this regular expression matches.',
    snippet: ownTagRegex(owners),
  }),
  notes: [
    'It refuses to delete a manifest that has a tag or belongs to an index.',
    'Immutable tags must not match keep. or lease.: such a tag could not be given up.',
  ],
};
