import { ownTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const distribution: RegistryProfile = {
  adapter: 'Distribution',
  title: 'CNCF Distribution (registry:2, registry:3)',
  proven: true,
  hosts: [],
  release: ['DeleteTag', 'Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'text',
    where:
      'It has no clean-up by tag. Scripts that delete its tags have to skip what this regular expression matches.',
    snippet: ownTagRegex(owners),
  }),
  notes: [
    'Run garbage-collect with the registry read-only: what is pushed between its two phases is lost.',
    'garbage-collect without --delete-untagged deletes no manifest at all, so what is given up takes its space until it is run with it.',
    'registry:2 cannot delete a tag; there a keep tag is given up by pointing it at an empty manifest.',
    'Deleting a protected digest through the API removes all its tags, keep tags too; nothing but the permissions of the registry prevents that.',
  ],
};
