import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GROUP, VERSION } from '../../../src/api/artifact-release.ts';
import { deploymentManifest } from '../../support/deployment-manifest.ts';
import { kubectl } from '../../support/kubectl.ts';
import { install, read, send } from '../../support/manifests.ts';
import { digestOf } from '../../support/release-manifest.ts';

const namespace = `revoked-${randomUUID().slice(0, 8)}`;
const repository = 'registry.example.com/shop/checkout';
const good = `${repository}@${digestOf('a')}`;
/** Of this run alone: revocations are for the whole cluster. */
const bad = `sha256:${randomUUID().replaceAll('-', '').repeat(2)}`;

interface Container {
  readonly name: string;
  readonly image: string;
}

const app = (image: string): Container => ({ name: 'app', image });

const pod = (name: string, containers: readonly Container[], initContainers: readonly Container[] = []) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  // Never scheduled: these pods are about what is stored.
  spec: { schedulerName: 'nobody', initContainers, containers },
});

const tryPod = (image: string) => send('create', pod('probe', [app(image)]), '--dry-run=server');

async function revoke(name: string, spec: object): Promise<void> {
  await send('create', {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ArtifactRevocation',
    metadata: { name },
    spec: { reason: 'the build machine was broken into', ...spec },
  });
  onTestFinished(async () => {
    await kubectl('delete', 'artifactrevocation', name, '--ignore-not-found');
    await becomesAllowed();
  });
}

const untilDenied = (image = `${repository}@${bad}`) =>
  vi.waitFor(() => expect(tryPod(image)).rejects.toThrow('forbids'), { timeout: 20_000, interval: 100 });

const becomesAllowed = () =>
  vi.waitFor(() => expect(tryPod(`${repository}@${bad}`)).resolves.toContain('created'), {
    timeout: 20_000,
    interval: 100,
  });

beforeAll(async () => {
  await install('crd', 'admission');
  await kubectl('create', 'namespace', namespace);
});
afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

describe('a pod of a revoked digest', () => {
  it('is denied with the name of the revocation and its reason, from whatever repository', async () => {
    await revoke(`denied-${bad.slice(7, 15)}`, { digests: [bad] });
    await untilDenied();

    await expect(tryPod(`mirror.example.com/copy:v1@${bad}`)).rejects.toThrow(
      `ArtifactRevocation denied-${bad.slice(7, 15)} forbids mirror.example.com/copy:v1@${bad}: the build machine was broken into`,
    );
    await expect(tryPod(good)).resolves.toContain('created');
    await expect(tryPod(`${repository}:v1`)).resolves.toContain('created');
  });

  it('is denied for an init container and for an ephemeral one', async () => {
    await send('create', pod('debugged', [app(good)]));
    await revoke(`init-${bad.slice(7, 15)}`, { digests: [bad] });
    await untilDenied();

    const withInit = pod('init', [app(good)], [{ name: 'migrate', image: `${repository}@${bad}` }]);
    await expect(send('create', withInit, '--dry-run=server')).rejects.toThrow('forbids');
    const debug = ['debug', 'debugged', '-n', namespace, '--attach=false'];
    await expect(kubectl(...debug, `--image=${repository}@${bad}`)).rejects.toThrow('forbids');
    await expect(kubectl(...debug, `--image=${good}`)).resolves.toContain('debugger');
  });

  it('that runs already may be labelled and deleted, but no other pod may be moved to the digest', async () => {
    await send('create', pod('old', [app(`${repository}@${bad}`)]));
    await send('create', pod('moved', [app(good)]));
    await revoke(`old-${bad.slice(7, 15)}`, { digests: [bad] });
    await untilDenied();

    await kubectl('label', 'pod', 'old', '-n', namespace, 'seen=yes');
    await expect(
      kubectl('set', 'image', 'pod/moved', '-n', namespace, `app=${repository}@${bad}`),
    ).rejects.toThrow('forbids');
    await kubectl('delete', 'pod', 'old', '-n', namespace, '--grace-period=0', '--force');
  });

  it('is denied for the digests that the operator has found, as soon as they are in the status', async () => {
    const name = `found-${bad.slice(7, 15)}`;
    await revoke(name, { keys: [digestOf('f')] });
    await expect(tryPod(`${repository}@${bad}`)).resolves.toContain('created');
    const status = {
      observedGeneration: 1,
      digests: [bad],
      affected: 0,
      remaining: 0,
      releases: [],
      conditions: [],
    };
    await kubectl(
      'patch',
      'artifactrevocation',
      name,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
    await untilDenied();
  });

  it.each([
    ['a dry run', { dryRun: true }],
    ['a report', { action: 'Report' }],
  ])('is not denied by %s', async (_, spec) => {
    const other = `sha256:${randomUUID().replaceAll('-', '').repeat(2)}`;
    const name = `mild-${other.slice(7, 15)}`;
    await revoke(name, { digests: [bad], ...spec });
    // The policy has heard of the mild one when it enforces one that came after it.
    await revoke(`${name}-after`, { digests: [other] });
    await untilDenied(`${repository}@${other}`);

    await expect(tryPod(`${repository}@${bad}`)).resolves.toContain('created');
  });

  it('is denied within the limits of the language: as many digests and containers as there can be', async () => {
    const numbered = (i: number) => `sha256:${String(i).padStart(64, '0')}`;
    await revoke(`large-${bad.slice(7, 15)}`, {
      digests: [...Array.from({ length: 255 }, (_, i) => numbered(i)), bad],
    });
    await untilDenied();

    const containers = Array.from({ length: 64 }, (_, i) => ({
      name: `c${i}`,
      image: `${repository}@${numbered(1000 + i)}`,
    }));
    await expect(send('create', pod('large', containers), '--dry-run=server')).resolves.toContain('created');
  });
});

describe('a Deployment of a revoked digest', () => {
  it('can be scaled and rolled back', async () => {
    await send('create', deploymentManifest(namespace, 'checkout', [app(`${repository}@${bad}`)]));
    await revoke(`deployed-${bad.slice(7, 15)}`, { digests: [bad] });
    await untilDenied();

    await kubectl('scale', 'deployment', 'checkout', '-n', namespace, '--replicas=1');
    await kubectl('set', 'image', 'deployment/checkout', '-n', namespace, `app=${good}`);
    const { spec } = await read<{ spec: { template: { spec: { containers: Container[] } } } }>(
      namespace,
      'deployment',
      'checkout',
    );
    expect(spec.template.spec.containers[0]?.image).toBe(good);
  });
});

describe('an ArtifactRevocation', () => {
  it('shows in its columns how far it is', async () => {
    const name = `columns-${bad.slice(7, 15)}`;
    await revoke(name, { digests: [bad], dryRun: true });
    const condition = {
      type: 'Complete',
      status: 'False',
      observedGeneration: 1,
      lastTransitionTime: '2026-06-01T12:00:00Z',
      reason: 'InProgress',
      message: '2 of 5 releases still run it',
    };
    const status = {
      observedGeneration: 1,
      digests: [bad],
      affected: 5,
      remaining: 2,
      releases: [],
      conditions: [condition],
    };
    const patch = JSON.stringify({ status });
    await kubectl('patch', 'arev', name, '--subresource=status', '--type=merge', '-p', patch);

    const columns = await kubectl('get', 'arev', name);
    expect(columns).toMatch(/^NAME +ACTION +AFFECTED +REMAINING +PROGRESS +REASON +AGE\n/);
    expect(columns).toMatch(/ Rollback +5 +2 +InProgress +the build machine/);
  });
});
