import { ownTagGlobs } from '../own-tags.ts';
import type { RegistryProfile } from '../registry-profile.ts';

/** Above the images that a repository may hold, so that the rule never finds one too many. */
const NEVER = 1_000_000;

const spare = (pattern: string, index: number) => ({
  rulePriority: index + 1,
  description: `Needed by releases: ${pattern}`,
  selection: {
    tagStatus: 'tagged',
    tagPatternList: [pattern],
    countType: 'imageCountMoreThan',
    countNumber: NEVER,
  },
  action: { type: 'expire' },
});

export const ecr: RegistryProfile = {
  adapter: 'ECR',
  title: 'Amazon Elastic Container Registry',
  proven: false,
  hosts: [
    /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    /^\d{12}\.dkr-ecr(?:-fips)?\.[a-z0-9-]+\.on\.aws$/,
  ],
  release: ['Tombstone'],
  retentionPolicy: (owners) => ({
    language: 'json',
    where:
      'The first rules of the lifecycle policy of each repository: aws ecr put-lifecycle-policy --lifecycle-policy-text. Number your own rules from the next priority on.',
    snippet: JSON.stringify({ rules: ownTagGlobs(owners).map(spare) }, undefined, 2),
  }),
  notes: [
    'An image that a rule matches is left alone by all rules after it, also by those that archive; so these come first and never expire anything.',
    'A rule with several patterns matches only images that have all of them, so each pattern has a rule of its own.',
    'Tag immutability has to exclude keep.* and lease.*, for a keep tag is given up by pointing it at something else.',
    'Deleting the last tag of an image deletes the image, so tags are never deleted here.',
  ],
};
