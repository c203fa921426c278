import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { PolicyCache } from '../../src/adapters/kubernetes/policy-cache.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { createWatches } from '../../src/watches.ts';
import { digestOf, releaseManifest, statusAtRest } from '../support/release-manifest.ts';
import { json, openWatch, ScriptedApiServer } from '../support/scripted-api-server.ts';

const metrics = {
  recordContact: () => undefined,
  countRelist: () => undefined,
  countMalformedEvent: () => undefined,
  setConnected: () => undefined,
};

/** Watches an API server that holds these objects, by path, until the test ends. */
async function watch(
  namespaces: readonly string[],
  content: Readonly<Record<string, readonly object[]>> = {},
) {
  const server = await ScriptedApiServer.start((response, request) => {
    const items = content[request.path] ?? [];
    const answer = request.query.has('watch')
      ? openWatch()
      : json({ metadata: { resourceVersion: '1' }, items });
    answer(response, request);
  });
  const watches = createWatches({
    client: new ApiClient({ access: server.access }),
    namespaces,
    clock: systemClock,
    metrics: () => metrics,
    onWatchError: (_, error) => expect.unreachable(String(error)),
    onListenerError: (error) => expect.unreachable(String(error)),
  });
  const stop = new AbortController();
  const running = watches.reflectors.map((reflector) => reflector.run(stop.signal));
  onTestFinished(async () => {
    stop.abort();
    await Promise.all(running);
    await server[Symbol.asyncDispose]();
  });
  await Promise.all(watches.reflectors.map((reflector) => reflector.whenSynced()));
  const lists = server.requests.filter(({ query }) => !query.has('watch'));
  return { watches, lists, policies: new PolicyCache(watches.stores) };
}

const anObject = (name: string, fields: object) => ({
  metadata: {
    ...{ name, uid: name, resourceVersion: '1', generation: 1 },
    creationTimestamp: '2026-06-01T12:00:00Z',
  },
  ...fields,
});
const API = '/apis/artifactrelease.dev/v1alpha1';

describe('the operator of a few namespaces', () => {
  it('reads what the platform says for all, and of namespaces those alone', async () => {
    const { lists } = await watch(['bar', 'shop']);
    const asked = lists.map(({ path, query }) =>
      [path, query.get('fieldSelector')].filter(Boolean).join(' '),
    );

    expect(asked.sort()).toEqual([
      '/api/v1/namespaces metadata.name=bar',
      '/api/v1/namespaces metadata.name=shop',
      '/api/v1/namespaces/bar/pods',
      '/api/v1/namespaces/shop/pods',
      '/apis/apps/v1/namespaces/bar/deployments',
      '/apis/apps/v1/namespaces/shop/deployments',
      `${API}/artifactpolicies`,
      `${API}/artifactregistries`,
      `${API}/artifactrevocations`,
      `${API}/namespaces/bar/artifactreleases`,
      `${API}/namespaces/shop/artifactreleases`,
    ]);
  });
});

describe('the policies of the platform', () => {
  it('are kept with what is wrong where they are not understood, for they may ask for anything', async () => {
    const { policies, watches } = await watch([], {
      [`${API}/artifactpolicies`]: [
        anObject('good', { spec: { authorities: [{ name: 'ci', key: { data: 'PEM' } }] } }),
        anObject('strange', { spec: { authorities: [], mode: 'audit' } }),
      ],
      [`${API}/artifactrevocations`]: [
        anObject('incident', { spec: { reason: 'stolen', digests: [digestOf('b')] } }),
        anObject('hasty', { spec: { reason: 'stolen', digests: ['latest'] } }),
      ],
      [`${API}/artifactregistries`]: [
        anObject('odd', { spec: { host: 'registry.example.com', mirrors: 1 } }),
      ],
    });

    expect(policies.policies()).toEqual([
      {
        valid: true,
        value: expect.objectContaining({ metadata: expect.objectContaining({ name: 'good' }) }),
      },
      { valid: false, name: 'strange', problem: expect.stringMatching(/^spec\.mode: /) },
    ]);
    expect(policies.revocations()).toEqual([
      { valid: true, value: expect.objectContaining({ spec: expect.objectContaining({ dryRun: false }) }) },
      { valid: false, name: 'hasty', problem: expect.stringMatching(/^spec\.digests\.0: /) },
    ]);
    expect(watches.stores.registries.list()).toMatchObject([
      { stored: { host: 'registry.example.com', understood: { valid: false, name: 'odd' } } },
    ]);
  });

  it('come with the labels of namespaces and the status of releases, as far as they are known', async () => {
    const release = releaseManifest('staging');
    const { policies } = await watch([], {
      '/api/v1/namespaces': [
        { metadata: { name: 'shop', uid: '1', resourceVersion: '1', labels: { tier: 'prod' } } },
        { metadata: { name: 'staging', uid: '2', resourceVersion: '1' } },
      ],
      [`${API}/artifactreleases`]: [
        {
          ...release,
          ...anObject('checkout', { status: statusAtRest }),
          metadata: { ...anObject('checkout', {}).metadata, namespace: 'staging' },
        },
      ],
    });

    expect(policies.namespaceLabels('shop')).toEqual({ tier: 'prod' });
    expect(policies.namespaceLabels('staging')).toEqual({});
    expect(policies.namespaceLabels('nowhere')).toBeUndefined();
    expect(policies.releaseStatus('staging', 'checkout')?.phase).toBe(statusAtRest.phase);
    expect(policies.releaseStatus('staging', 'basket')).toBeUndefined();
  });
});
