import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deploymentManifest } from '../../support/deployment-manifest.ts';
import { kubectl } from '../../support/kubectl.ts';
import { install, send } from '../../support/manifests.ts';
import { digestOf } from '../../support/release-manifest.ts';

const namespace = `digests-${randomUUID().slice(0, 8)}`;
const repository = 'registry.example.com/shop/checkout';
const tag = `${repository}:v1`;
const digest = `${repository}@${digestOf('a')}`;

const deploy = (name: string, image: string, ...flags: readonly string[]) =>
  send('apply', deploymentManifest(namespace, name, [{ name: 'app', image }]), ...flags);

describe('a namespace labelled artifactrelease.dev/enforce=digest', () => {
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  beforeAll(async () => {
    await install('crd', 'admission');
    await kubectl('create', 'namespace', namespace);
    // The label comes last: this one is older than the rule.
    await deploy('old', tag);
    await kubectl('label', 'namespace', namespace, 'artifactrelease.dev/enforce=digest');
    const isEnforced = () =>
      expect(deploy('probe', tag, '--dry-run=server')).rejects.toThrow('by digest only');
    await vi.waitFor(isEnforced, { timeout: 20_000, interval: 100 });
  });

  it('refuses a tag and names it', async () => {
    await expect(deploy('new', tag)).rejects.toThrow(
      `namespace ${namespace} takes images by digest only; by tag: ${tag}`,
    );
  });

  it('refuses a tag in an init container', async () => {
    const manifest = deploymentManifest(
      namespace,
      'new',
      [{ name: 'app', image: digest }],
      [{ name: 'migrate', image: tag }],
    );

    await expect(send('apply', manifest)).rejects.toThrow(`by tag: ${tag}`);
  });

  it.each([
    ['pod', ['run', 'pod']],
    ['job', ['create', 'job', 'job']],
    ['cron job', ['create', 'cronjob', 'cron', '--schedule=@daily']],
  ])('refuses a %s by tag and takes it by digest', async (_kind, command) => {
    const create = (image: string) =>
      kubectl(...command, '-n', namespace, '--dry-run=server', `--image=${image}`);

    await expect(create(tag)).rejects.toThrow(`by tag: ${tag}`);
    await expect(create(digest)).resolves.toContain('created');
  });

  it('takes a digest', async () => {
    await expect(deploy('new', digest)).resolves.toContain('created');
  });

  it('lets what was there before be scaled, but not be moved to another tag', async () => {
    await kubectl('scale', 'deployment', 'old', '-n', namespace, '--replicas=1');

    await expect(
      kubectl('set', 'image', 'deployment/old', '-n', namespace, `app=${repository}:v2`),
    ).rejects.toThrow(`by tag: ${repository}:v2`);
  });
});
