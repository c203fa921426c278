import { ownTagRegex } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

export const zot: RegistryProfile = {
  adapter: 'Zot',
  title: 'zot',
  proven: false,
  hosts: [],
  release: ['DeleteTag', 'Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'One more entry of keepTags in every policy of storage.retention.policies that has keepTags. Do not make it the only one: with keepTags, all tags that match none of its entries are removed.',
    snippet: JSON.stringify({ patterns: [ownTagRegex(owners)] }, undefined, 2),
  }),
  notes: [
    'It deletes a manifest with its last tag, also one that an index lists, unless that was pushed by its digest, as tools do.',
    'It takes no index under a tag that an image has, so without the right to delete, keep tags of images cannot be given up.',
    'Only the first policy that matches a repository counts.',
    'A policy without keepTags retains all tags and needs no entry.',
  ],
};
