import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { PolicyCache } from '../../src/adapters/kubernetes/policy-cache.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { RELEASES, REVOCATIONS } from '../../src/adapters/kubernetes/resources.ts';
import { matchesWhole } from '../../src/adapters/sigstore-verifier/expression.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { ArtifactRevocation } from '../../src/api/artifact-revocation.ts';
import { systemClock } from '../../src/controller/clock.ts';
import type { Suspect } from '../../src/domain/verification/revocation.ts';
import { createIncidentResponse } from '../../src/incident-response.ts';
import type { KnownEvidence } from '../../src/ports/known-evidence.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { RuntimeMetrics } from '../../src/telemetry/metrics.ts';
import { createWatches } from '../../src/watches.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';
import { keySigner, signatureBy } from '../support/evidence.ts';
import { install } from '../support/manifests.ts';
import { releaseManifest, withField } from '../support/release-manifest.ts';
import { aCandidate, anEntry, aPin, aStatus } from '../support/releases.ts';

const TIMEOUT_MS = 20_000;
/** Revocations are for the whole cluster: these digests are this test's alone. */
const ownDigest = () => `sha256:${randomUUID().replaceAll('-', '').repeat(2)}`;

let api: ApiClient;

beforeAll(async () => {
  await install('crd');
  ({ api } = await sharedCluster());
});

/** What answers incidents, on the real API server, with registries that say what they are told to. */
async function answering(namespace: string, evidence: KnownEvidence) {
  const metrics = new RuntimeMetrics(new Registry(), 'test_');
  const watches = createWatches({
    client: api,
    namespaces: [namespace],
    clock: systemClock,
    metrics: (name) => metrics.reflector(name),
    onWatchError: () => undefined,
    onListenerError: (error) => {
      throw error;
    },
  });
  const { controllers, routes } = createIncidentResponse({
    ...{ client: api, stores: watches.stores, metrics, evidence },
    policies: new PolicyCache(watches.stores),
    matches: matchesWhole,
    watchNamespaces: [namespace],
    log: createLogger('silent'),
    notReady: () => undefined,
  });
  const end = new AbortController();
  const running = [
    ...watches.reflectors.map((reflector) => reflector.run(end.signal)),
    ...controllers.map((one) => one.run({ stopping: end.signal, aborting: end.signal })),
  ];
  onTestFinished(async () => {
    end.abort();
    await Promise.all(running);
  });
  await Promise.all(watches.reflectors.map((reflector) => reflector.whenSynced()));
  return { ask: routes['/v1/provenance'] };
}

/** A release whose stable digest is promoted, with the status that the operator would have written. */
async function aStoredRelease(namespace: string, digest: string) {
  const release = withField(releaseManifest(namespace), 'spec.artifact.digest', digest);
  const path = resourcePath(RELEASES, { namespace, name: release.metadata.name });
  await api.create(resourcePath(RELEASES, { namespace }), release);
  const write = async (status: Partial<Status>) => {
    const stored = await api.get<object>(path);
    await api.update(`${path}/status`, { ...stored, status: aStatus(status) });
  };
  await write({
    stable: { digest },
    pins: [aPin(digest)],
    history: [anEntry({ digest, verdict: 'Promoted' })],
  });
  return write;
}

/** Resolves to what waits for a status as expected. */
async function revoke(spec: object) {
  const name = `incident-${randomUUID().slice(0, 8)}`;
  const path = resourcePath(REVOCATIONS, { name });
  await api.create(resourcePath(REVOCATIONS), {
    apiVersion: 'artifactrelease.dev/v1alpha1',
    kind: 'ArtifactRevocation',
    metadata: { name },
    spec: { reason: 'the build machine was broken into', ...spec },
  });
  onTestFinished(async () => {
    await api.delete(path);
  });
  return (expected: (status: NonNullable<ArtifactRevocation['status']>) => boolean) =>
    waitFor(
      `the status of ${name}`,
      TIMEOUT_MS,
      async () => (await api.get<ArtifactRevocation>(path)).status,
      (status) => status !== undefined && expected(status),
    );
}

const nothingKnown: KnownEvidence = { known: () => undefined, examine: async () => undefined };

describe('a revocation of a digest', () => {
  it('lists the release that runs it, and is complete once that has gone back', async () => {
    const [bad, good] = [ownDigest(), ownDigest()];
    const namespace = await testNamespace(await sharedCluster());
    await answering(namespace, nothingKnown);
    const write = await aStoredRelease(namespace, bad);
    const until = await revoke({ digests: [bad] });
    expect(await until(({ affected }) => affected === 1)).toMatchObject({
      digests: [bad],
      remaining: 1,
      releases: [{ namespace, name: 'checkout', digest: bad, state: 'RollingBack' }],
    });

    await write({
      phase: 'RolledBack',
      stable: { digest: good },
      pins: [aPin(good)],
      history: [
        anEntry({ digest: bad, verdict: 'RolledBack', reason: 'Revoked' }),
        anEntry({ digest: good }),
      ],
    });
    expect(await until(({ remaining }) => remaining === 0)).toMatchObject({
      affected: 1,
      releases: [{ state: 'RolledBack' }],
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Complete', status: 'True', reason: 'NothingRuns' },
      ],
    });
  });
});

describe('a revocation of a key', () => {
  it('reads who signed what is in use, and tells admission the digests', async () => {
    const [bad, good] = [ownDigest(), ownDigest()];
    const signer = keySigner(randomUUID());
    const read = new Map<string, Suspect>();
    const namespace = await testNamespace(await sharedCluster());
    const { ask } = await answering(namespace, {
      known: (digest) => read.get(digest),
      examine: async ({ digest }) => {
        const evidence = digest === bad ? [signatureBy('ci', { signer })] : [];
        read.set(digest, { digests: [digest], evidence });
        return read.get(digest);
      },
    });
    const write = await aStoredRelease(namespace, good);
    await write({
      phase: 'Progressing',
      stable: { digest: good },
      pins: [aPin(good)],
      candidate: aCandidate({ digest: bad, weight: 10 }),
    });
    const until = await revoke({ keys: [signer.kind === 'Key' ? signer.fingerprint : ''] });
    expect(await until(({ digests }) => digests.length > 0)).toMatchObject({
      digests: [bad],
      releases: [{ namespace, digest: bad, state: 'Aborting' }],
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Complete', reason: 'InProgress' },
      ],
    });

    const answer = await ask?.({
      query: new URLSearchParams({ digest: bad.slice('sha256:'.length, 30) }),
      headers: {},
    });
    expect(answer?.status).toBe(200);
    expect(JSON.parse(answer?.body?.text ?? '')).toMatchObject({
      digest: bad,
      verification: { source: 'Read', signatures: [{ authority: 'policy/ci' }] },
      releases: [{ namespace, name: 'checkout', role: 'candidate', phase: 'Progressing' }],
      revocations: [{ because: expect.stringContaining('its signing key') }],
    });
  });
});
