import { ownTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const gitlab: RegistryProfile = {
  adapter: 'GitLab',
  title: 'GitLab container registry',
  proven: false,
  hosts: [/^registry\.gitlab\.com$/],
  release: ['DeleteTag', 'Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'The cleanup policy of the project, if it has one: PUT /api/v4/projects/ID, or Keep tags matching in its settings.',
    snippet: JSON.stringify(
      { container_expiration_policy_attributes: { name_regex_keep: ownTagRegex(owners) } },
      undefined,
      2,
    ),
  }),
  notes: [
    'It replaces the expression that is there; join the two with a bar.',
    'Only manifests with a tag, or in something with a tag, survive the online garbage collection, which starts 24 hours after the last tag has gone.',
    'Protected and immutable tags must not match keep. or lease. unless the operator may push and delete them.',
  ],
};
