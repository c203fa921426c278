import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { REGISTRY_ADAPTERS, type RegistryAdapter } from '../../../../src/api/protection-spec.ts';
import { keepTag, leaseTag, type Owner } from '../../../../src/domain/protection/keep-tag.ts';
import { profileOf, REGISTRY_PROFILES, strategiesOf } from '../../../../src/domain/protection/profiles.ts';
import type { RetentionPolicy } from '../../../../src/domain/protection/registry-profile.ts';

const OWNER = '1a2b3c4d';
const OTHER = 'staging1';
const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

const tagsOf = (owner: Owner): readonly string[] => [
  keepTag(owner, SHA256),
  keepTag(owner, SHA512),
  leaseTag(owner),
];
const ORDINARY = ['v1.2.3', 'latest', 'keepalive', 'lease', 'not.keep.this', 'sha256-0123.sig'];

type Adapter = Exclude<RegistryAdapter, 'Auto'>;

const byRegex =
  (...patterns: readonly string[]) =>
  (tag: string) =>
    patterns.some((pattern) => new RegExp(pattern).test(tag));

/** `*` is any number of characters, everything else is itself. */
const byGlob = (...globs: readonly string[]) =>
  byRegex(
    ...globs.map(
      (glob) =>
        `^${glob
          .split(/\*+/)
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*')}$`,
    ),
  );

const EcrRule = z.object({
  rulePriority: z.number(),
  selection: z.object({
    tagStatus: z.literal('tagged'),
    tagPatternList: z.array(z.string()).length(1),
    countType: z.literal('imageCountMoreThan'),
    countNumber: z.number(),
  }),
  action: z.object({ type: z.string() }),
});
const Ecr = z.object({ rules: z.array(EcrRule) });
const Google = z
  .array(
    z.object({
      action: z.object({ type: z.string() }),
      condition: z.object({ tagState: z.literal('tagged'), tagPrefixes: z.array(z.string()) }),
    }),
  )
  .length(1);
const Harbor = z.object({
  action: z.string(),
  template: z.string(),
  tag_selectors: z
    .array(z.object({ kind: z.literal('doublestar'), decoration: z.literal('matches'), pattern: z.string() }))
    .length(1),
});
const GitLab = z.object({
  container_expiration_policy_attributes: z.object({ name_regex_keep: z.string() }),
});
const Zot = z.strictObject({ patterns: z.array(z.string()) });
const Quay = z.object({
  method: z.string(),
  value: z.number(),
  tagPattern: z.string(),
  tagPatternMatches: z.literal(false),
});
const Ghcr = z
  .array(
    z.object({
      uses: z.string(),
      with: z.object({ 'exclude-tags': z.string(), 'dry-run': z.boolean() }),
    }),
  )
  .length(1);

/** Whether the registry spares a tag, read off the snippet as the registry reads it. */
const SPARES: Readonly<Record<Adapter, (snippet: string) => (tag: string) => boolean>> = {
  Distribution: (snippet) => byRegex(snippet),
  DockerHub: (snippet) => byRegex(snippet),
  ECR: (snippet) =>
    byGlob(...Ecr.parse(JSON.parse(snippet)).rules.flatMap(({ selection }) => selection.tagPatternList)),
  GoogleArtifactRegistry: (snippet) => {
    const prefixes = Google.parse(JSON.parse(snippet)).flatMap(({ condition }) => condition.tagPrefixes);
    return (tag) => prefixes.some((prefix) => tag.startsWith(prefix));
  },
  ACR: (snippet) => {
    const [, filter = ''] = /--filter 'REPOSITORY:([^']+)'/.exec(snippet) ?? [];
    expect(filter).not.toContain(':');
    return (tag) => !byRegex(filter)(tag);
  },
  GHCR: (snippet) =>
    byGlob(...Ghcr.parse(parse(snippet)).flatMap((step) => step.with['exclude-tags'].split(','))),
  Harbor: (snippet) =>
    byGlob(
      ...Harbor.parse(JSON.parse(snippet)).tag_selectors.flatMap(({ pattern }) =>
        pattern.slice(1, -1).split(','),
      ),
    ),
  GitLab: (snippet) =>
    byRegex(GitLab.parse(JSON.parse(snippet)).container_expiration_policy_attributes.name_regex_keep),
  Zot: (snippet) => byRegex(...Zot.parse(JSON.parse(snippet)).patterns),
  Quay: (snippet) => byRegex(Quay.parse(JSON.parse(snippet)).tagPattern),
};

const sparesOf = (adapter: Adapter, { snippet }: RetentionPolicy) => SPARES[adapter](snippet);

describe.each(REGISTRY_PROFILES)('the retention policy for $title', ({ adapter, retentionPolicy }) => {
  it('spares keep and lease tags of every owner, and no other tag', () => {
    const spares = sparesOf(adapter, retentionPolicy([]));

    expect([...tagsOf(OWNER), ...tagsOf(OTHER)].filter((tag) => !spares(tag))).toEqual([]);
    expect(ORDINARY.filter(spares)).toEqual([]);
  });

  it('spares those of the owners that are named, and those of nobody else', () => {
    const spares = sparesOf(adapter, retentionPolicy([OWNER, 'abcd']));

    expect([...tagsOf(OWNER), ...tagsOf('abcd')].filter((tag) => !spares(tag))).toEqual([]);
    expect([...tagsOf(OTHER), ...ORDINARY].filter(spares)).toEqual([]);
  });

  it('says in words where it goes', () => {
    expect(retentionPolicy([]).where).toMatch(/^[A-Z].*\.$/);
  });
});

describe('pasted as it is, a retention policy deletes nothing', () => {
  const MOST_IMAGES_IN_AN_ECR_REPOSITORY = 100_000;
  const snippetOf = (adapter: Adapter) => profileOf('', adapter).retentionPolicy([OWNER, OTHER]).snippet;

  it('at ECR, since its rules come first and want more images than a repository holds', () => {
    const { rules } = Ecr.parse(JSON.parse(snippetOf('ECR')));

    expect(rules.map(({ rulePriority }) => rulePriority)).toEqual(rules.map((_, index) => index + 1));
    expect(rules.every(({ selection }) => selection.countNumber > MOST_IMAGES_IN_AN_ECR_REPOSITORY)).toBe(
      true,
    );
  });

  it('at Google and Harbor, since they only keep', () => {
    expect(Google.parse(JSON.parse(snippetOf('GoogleArtifactRegistry')))[0]?.action.type).toBe('Keep');
    expect(Harbor.parse(JSON.parse(snippetOf('Harbor')))).toMatchObject({
      action: 'retain',
      template: 'always',
    });
  });

  it('at GitLab, since it neither starts a clean-up nor says what to remove', () => {
    expect(JSON.parse(snippetOf('GitLab'))).toEqual({
      container_expiration_policy_attributes: { name_regex_keep: expect.any(String) },
    });
  });

  it('at Quay, since no repository has so many tags', () => {
    expect(Quay.parse(JSON.parse(snippetOf('Quay')))).toMatchObject({
      method: 'number_of_tags',
      value: 1_000_000,
    });
  });

  it('in ACR and GHCR, since it is a dry run', () => {
    expect(snippetOf('ACR')).toMatch(/ --dry-run$/);
    expect(Ghcr.parse(parse(snippetOf('GHCR')))[0]?.with['dry-run']).toBe(true);
  });
});

describe('a registry', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'ECR'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'ECR'],
    ['123456789012.dkr-ecr.eu-central-1.on.aws', 'ECR'],
    ['europe-west3-docker.pkg.dev', 'GoogleArtifactRegistry'],
    ['gcr.io', 'GoogleArtifactRegistry'],
    ['eu.gcr.io', 'GoogleArtifactRegistry'],
    ['Shop.azurecr.io', 'ACR'],
    ['ghcr.io', 'GHCR'],
    ['registry.gitlab.com', 'GitLab'],
    ['quay.io', 'Quay'],
    ['docker.io', 'DockerHub'],
    ['registry-1.docker.io', 'DockerHub'],
  ])('at %s is taken for %s', (host, adapter) => {
    expect(profileOf(host, 'Auto').adapter).toBe(adapter);
  });

  it.each([
    'registry.example.com:5000',
    'ghcr.io.example.com',
    'notghcr.io',
    'dkr.ecr.eu-central-1.amazonaws.com',
    'quay.io:5000',
    '127.0.0.1:5000',
  ])('at %s, which may be anything, is taken for Distribution', (host) => {
    expect(profileOf(host, 'Auto').adapter).toBe('Distribution');
  });

  it('is what its ArtifactRegistry says, whatever its host', () => {
    expect(profileOf('ghcr.io', 'Zot').adapter).toBe('Zot');
  });

  it('has a profile, whichever kind the API knows', () => {
    const kinds = REGISTRY_ADAPTERS.filter((one) => one !== 'Auto');

    expect(REGISTRY_PROFILES.map(({ adapter }) => adapter)).toEqual(kinds);
    expect(kinds.map((kind) => profileOf('registry.example.com', kind).adapter)).toEqual(kinds);
  });

  it('is proven where it has been tested itself, which is Distribution', () => {
    expect(REGISTRY_PROFILES.filter(({ proven }) => proven).map(({ adapter }) => adapter)).toEqual([
      'Distribution',
    ]);
  });

  it('gives up a keep tag by pointing it elsewhere, at last, which needs no right to delete', () => {
    expect(REGISTRY_PROFILES.filter(({ release }) => release.at(-1) !== 'Tombstone')).toEqual([]);
  });

  it('has no tag deleted where that deletes the image or is refused', () => {
    const never = REGISTRY_PROFILES.filter(({ release }) => !release.includes('DeleteTag'));

    expect(never.map(({ adapter }) => adapter)).toEqual(['ECR', 'ACR', 'GHCR', 'Harbor', 'DockerHub']);
  });

  it('gives it up as it is told, but deletes no tag where that deletes the image', () => {
    const [acr, zot] = [profileOf('', 'ACR'), profileOf('', 'Zot')];
    expect(strategiesOf(zot, 'Auto')).toEqual(['DeleteTag', 'Tombstone']);
    expect(strategiesOf(zot, 'DeleteTag')).toEqual(['DeleteTag']);
    expect(strategiesOf(zot, 'Tombstone')).toEqual(['Tombstone']);
    expect(strategiesOf(acr, 'DeleteTag')).toEqual(['Tombstone']);
  });
});
