import { ownTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

/** More tags than a repository ever has. */
const NEVER = 1_000_000;

export const quay: RegistryProfile = {
  adapter: 'Quay',
  title: 'Quay',
  proven: false,
  hosts: [/^quay\.io$/],
  release: ['DeleteTag', 'Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'The auto-prune policy of the organization or repository: POST /api/v1/organization/NAME/autoprunepolicy/. It prunes nothing before you lower its value.',
    snippet: JSON.stringify(
      {
        method: 'number_of_tags',
        value: NEVER,
        tagPattern: ownTagRegex(owners),
        tagPatternMatches: false,
      },
      undefined,
      2,
    ),
  }),
  notes: [
    'tagPatternMatches: false prunes what does not match. Every auto-prune policy needs the pattern: a tag is pruned if one of them says so.',
    'The label quay.expires-after makes the tags of an image expire, keep tags too; do not put it on what is released.',
    'Immutability policies must not match keep. or lease.: such a tag could not be given up.',
  ],
};
