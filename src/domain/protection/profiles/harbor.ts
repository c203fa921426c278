import { ownTagGlobs } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const harbor: RegistryProfile = {
  adapter: 'Harbor',
  title: 'Harbor',
  proven: false,
  hosts: [],
  release: ['Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'One more rule in the tag retention policy of the project, if it has one: rules of PUT /api/v2.0/retentions/ID, or a rule with this pattern in the portal. Alone it would retain nothing else.',
    snippet: JSON.stringify(
      {
        action: 'retain',
        template: 'always',
        params: {},
        tag_selectors: [
          {
            kind: 'doublestar',
            decoration: 'matches',
            pattern: `{${ownTagGlobs(owners)
              .map((glob) => glob.replace(/\*$/, '**'))
              .join(',')}}`,
          },
        ],
        scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }] },
      },
      undefined,
      2,
    ),
  }),
  notes: [
    'A project without a tag retention policy discards nothing and needs no rule.',
    'No immutability rule may match keep.** or lease.**: what is immutable cannot be given up.',
    'Harbor refuses to delete a tag through the registry API, so a keep tag is given up by pointing it at an empty manifest.',
    'Rules are per project, 15 at most.',
  ],
};
