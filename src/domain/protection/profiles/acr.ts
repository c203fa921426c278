import { otherTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const acr: RegistryProfile = {
  adapter: 'ACR',
  title: 'Azure Container Registry',
  proven: false,
  hosts: [/^[a-z0-9-]+\.azurecr\.(?:io|cn|us)$/],
  release: ['Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'text',
    where:
      'The filter of every acr purge. Put the repository in, and take --dry-run away once it lists what you expect.',
    snippet: `acr purge --filter 'REPOSITORY:${otherTagRegex(owners)}' --ago 30d --untagged --dry-run`,
  }),
  notes: [
    'Deleting by tag deletes the image with all its other tags, says its documentation, so tags are never deleted here.',
    'The retention policy for untagged manifests needs nothing: everything protected has a tag.',
    'Old versions of acr-cli delete untagged parts of an OCI index with --untagged; every part that is protected has a tag of its own.',
    'acr purge --include-locked deletes what is locked, too. A lock is no protection from it; the filter is.',
  ],
};
