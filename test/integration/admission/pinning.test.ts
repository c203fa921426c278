import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Pin } from '../../../src/api/artifact-release-status.ts';
import { type DeploymentManifest, deploymentManifest, imagesOf } from '../../support/deployment-manifest.ts';
import { kubectl } from '../../support/kubectl.ts';
import { install, read, send } from '../../support/manifests.ts';
import { digestOf, releaseManifest, statusAtRest } from '../../support/release-manifest.ts';

const repository = 'registry.example.com/shop/checkout';
const tag = (name: string): string => `${repository}:${name}`;
const webImage = `${repository}@${digestOf('a')}`;
const workerImage = `${repository}@${digestOf('b')}`;
const namespace = `pinning-${randomUUID().slice(0, 8)}`;

const pin = (name: string, container: string, image: string): Pin => ({
  kind: 'Deployment',
  name,
  container,
  image,
});

/** Three containers, of which `log` is not pinned, and an init container. */
const web = (image: string) =>
  deploymentManifest(
    namespace,
    'web',
    [
      { name: 'app', image },
      { name: 'log', image: tag('v1') },
      { name: 'proxy', image },
    ],
    [{ name: 'migrate', image }],
  );

const worker = (image: string) => deploymentManifest(namespace, 'worker', [{ name: 'app', image }]);

const stored = (name: string) => read<DeploymentManifest>(namespace, 'deployment', name);
const images = async (name: string) => imagesOf(await stored(name));

async function release(name: string, pins: readonly Pin[]): Promise<void> {
  await send('apply', releaseManifest(namespace, name));
  const status = JSON.stringify({ status: { ...statusAtRest, pins } });
  await kubectl('patch', 'ar', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', status);
}

/** The API server reads parameters from a cache, which has the newest status moments after its write. */
async function untilPinned(name: string, image: string): Promise<void> {
  const touch = async () => {
    await kubectl('annotate', 'deployment', name, '-n', namespace, '--overwrite', `touched=${Date.now()}`);
    expect(await images(name)).toMatchObject({ app: image });
  };
  await vi.waitFor(touch, { timeout: 20_000, interval: 100 });
}

describe('pinning', () => {
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  beforeAll(async () => {
    await install('crd', 'admission');
    await kubectl('create', 'namespace', namespace);
    await send('apply', web(tag('v1')));
    await send('create', worker(tag('v1')));
    await send('apply', deploymentManifest(namespace, 'free', [{ name: 'app', image: tag('v1') }]));
    const containers = ['proxy', 'app', 'migrate', 'gone'];
    await release(
      'web',
      containers.map((container) => pin('web', container, webImage)),
    );
    await release('worker', [pin('worker', 'app', workerImage)]);
    await untilPinned('web', webImage);
    await untilPinned('worker', workerImage);
  });

  it('every pinned container gets its image, the others keep theirs, and a pin of no container is no harm', async () => {
    expect(await images('web')).toEqual({
      app: webImage,
      log: tag('v1'),
      proxy: webImage,
      migrate: webImage,
    });
    expect(await images('worker')).toEqual({ app: workerImage });
  });

  it.each([
    [
      'kubectl set image',
      'web',
      () =>
        kubectl(
          ...['set', 'image', 'deployment/web', '-n', namespace],
          ...['app', 'proxy', 'migrate'].map((container) => `${container}=${tag('latest')}`),
        ),
    ],
    ['a strategic merge patch', 'web', () => patch('strategic')],
    ['client-side apply once more', 'web', () => send('apply', web(tag('v1')))],
    [
      'forced server-side apply',
      'worker',
      () => send('apply', worker(tag('v2')), '--server-side', '--force-conflicts', '--field-manager=gitops'),
    ],
  ])('%s of a tag changes neither images nor generation', async (_how, name, write) => {
    const before = await stored(name);

    await write();

    const after = await stored(name);
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });

  // These change the annotation last-applied-configuration, too, and a Deployment counts that as a generation.
  it.each([
    ['client-side apply of new tags', () => send('apply', web(tag('v2')))],
    [
      'forced server-side apply of new tags',
      () => send('apply', web(tag('v3')), '--server-side', '--force-conflicts', '--field-manager=gitops'),
    ],
    ['a whole new object', () => send('replace', web(tag('v4')))],
  ])('%s changes no image', async (_how, write) => {
    const before = await stored('web');

    await write();

    expect((await stored('web')).spec).toEqual(before.spec);
  });

  it('each Deployment follows its own release', async () => {
    await kubectl('set', 'image', 'deployment/worker', '-n', namespace, `app=${tag('latest')}`);

    expect(await images('worker')).toEqual({ app: workerImage });
  });

  it('a Deployment that is created anew is pinned by its first write', async () => {
    await kubectl('delete', 'deployment', 'worker', '-n', namespace);
    await send('create', worker(tag('v3')));

    expect(await images('worker')).toEqual({ app: workerImage });
  });

  it('a pin follows its container to another place in the list', async () => {
    const moved = deploymentManifest(namespace, 'web', [
      { name: 'first', image: tag('v1') },
      { name: 'proxy', image: tag('v1') },
    ]);
    await send('replace', moved);

    expect(await images('web')).toEqual({ first: tag('v1'), proxy: webImage });
  });

  it('a Deployment without a release takes any image', async () => {
    await kubectl('set', 'image', 'deployment/free', '-n', namespace, `app=${tag('v2')}`);

    expect(await images('free')).toEqual({ app: tag('v2') });
  });
});

function patch(type: string): Promise<string> {
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image: tag('latest') }] } } } };
  return kubectl(
    ...['patch', 'deployment', 'web', '-n', namespace, `--type=${type}`, '-p', JSON.stringify(body)],
  );
}
