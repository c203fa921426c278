import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { KubeEntryReader } from '../../src/adapters/kubernetes/kube-entry-reader.ts';
import { type CachedRegistry, projectRegistry } from '../../src/adapters/kubernetes/policy-projection.ts';
import { createArtifactVerification } from '../../src/artifact-verification.ts';
import { Store } from '../../src/controller/store.ts';
import { createRegistryAccess } from '../../src/registry-access.ts';
import { never } from '../support/oci-registry-client.ts';
import { failure, json, ScriptedApiServer } from '../support/scripted-api-server.ts';
import { aKeyPair, Verifier } from '../support/verifier.ts';

const keys = aKeyPair();
const SECRET = '/api/v1/namespaces/shop/secrets/cosign-pub';

/** What the operator puts together, with a real registry and an API server that holds one key. */
async function verification() {
  const server = await ScriptedApiServer.start((response, request) => {
    const data = { 'cosign.pub': Buffer.from(keys.pem).toString('base64') };
    const answer = request.path === SECRET ? json({ data }) : failure(404, 'NotFound');
    answer(response, request);
  });
  const registries = new Store<CachedRegistry>({
    indexes: {},
    onListenerError: (error) => expect.unreachable(String(error)),
  });
  const registry = new Registry();
  const client = new ApiClient({ access: server.access });
  const entries = new KubeEntryReader(client);
  const access = createRegistryAccess({ client, registries, certificates: entries, registry });
  const { verifier, service } = createArtifactVerification({
    ...{ access, entries },
    policies: {
      policies: () => [],
      revocations: () => [],
      namespaceLabels: () => ({}),
      releaseStatus: () => undefined,
    },
    ...{ namespace: 'artifactrelease-system', publicGoodRefresh: true, registry },
    wake: () => undefined,
    log: pino({ enabled: false }),
  });
  await service.start();
  onTestFinished(async () => {
    await service.stop();
    await access.service.stop();
    await server[Symbol.asyncDispose]();
  });
  return { verifier, registries, server, registry };
}

/** Counts the processes that are started until the test ends. */
function countProcesses(): { started: number } {
  const count = { started: 0 };
  const onStart = (): void => {
    count.started += 1;
  };
  subscribe('child_process', onStart);
  onTestFinished(() => {
    unsubscribe('child_process', onStart);
  });
  return count;
}

describe('the operator as it is put together', () => {
  it('asks nobody and starts nothing for a release that asks for no proof', async () => {
    await using shop = await Verifier.start();
    const { verifier, server } = await verification();
    const processes = countProcesses();

    const { digest } = shop.push('checkout');
    expect(await verifier.verify(shop.question(digest), never)).toMatchObject({ reason: 'NotRequired' });

    expect(server.requests).toEqual([]);
    expect(shop.registry.received).toEqual([]);
    expect(processes.started).toBe(0);
  });

  it('proves a digest by a registry as the platform describes it, and a key from a Secret', async () => {
    await using shop = await Verifier.start();
    const { verifier, registries, server, registry } = await verification();
    const own = { authorities: [{ name: 'ci', key: { secretRef: { name: 'cosign-pub' } } }] };
    const signed = shop.push('checkout');
    shop.sign(signed, keys);
    const processes = countProcesses();
    registries.put(
      projectRegistry({
        metadata: { name: 'main', uid: '1', resourceVersion: '1', creationTimestamp: '2026-06-01T12:00:00Z' },
        spec: { host: shop.registry.host, plainHttp: true },
      }),
    );

    const ask = () => verifier.verify(shop.question(signed.digest, own), never);
    let proof = await ask();
    // On a busy machine the process takes longer to start than a pass has patience.
    while (proof.pending) {
      await delay(50);
      proof = await ask();
    }

    expect(proof).toMatchObject({ state: 'Satisfied' });
    expect(processes.started).toBe(1);
    expect([...new Set(server.requests.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual([
      `GET ${SECRET}`,
      'GET /api/v1/namespaces/shop/serviceaccounts/default',
    ]);
    const metrics = await registry.metrics();
    expect(metrics).toContain(
      `artifactrelease_registry_requests_total{registry="${shop.registry.host}",operation="manifest",status="2xx"}`,
    );
    expect(metrics).toMatch(/verification_reading_duration_seconds_count\{outcome="Success"\} 1/);
  });
});
