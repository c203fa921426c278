// What verification costs the operator: requests to a real registry, and delay of everything else it has to do.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { OciRegistry } from '../src/adapters/oci-registry/oci-registry.ts';
import { proxySettings } from '../src/adapters/oci-registry/proxy-settings.ts';
import { matchesWhole } from '../src/adapters/sigstore-verifier/expression.ts';
import { IsolatedEvidence } from '../src/adapters/sigstore-verifier/isolated-evidence.ts';
import { Verification } from '../src/api/verification-spec.ts';
import { systemClock } from '../src/controller/clock.ts';
import { VerificationService } from '../src/verification/verification-service.ts';
import type { ClusterClient, WorkloadImage } from '../test/cluster/cluster-client.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import type { Signer } from '../test/cluster/signer.ts';
import { PREDICATES } from '../test/fixtures/cosign/predicates.ts';
import { round } from './statistics.ts';

const BUNDLES_BESIDE_THE_SIGNATURE = Object.entries(PREDICATES);
const TIMEOUT_MS = 120_000;
const LOOP_SAMPLE_MS = 5;

export interface ReadingCost {
  readonly requests_first: number;
  readonly requests_cached: number;
  readonly loop_delay_p99_ms: number;
  /** From the first question to the last answer of the crowd. */
  readonly verify_all_s: number;
}

/** Of an image with 6 bundles; then of a crowd of images, each with a signature and a bill of materials, at once. */
export async function readingCost(
  client: ClusterClient,
  signer: Signer,
  crowd: number,
  progress: OnProgress,
): Promise<ReadingCost> {
  await using verifier = new CountingVerifier(client.connection.registryAddress, await signer.publicKey());
  progress('signing an image with 6 bundles');
  const image = await client.pushWorkload('bench/bundles', { mode: 'good', version: 'bundles' });
  await signer.sign(image);
  for (const [type, predicate] of BUNDLES_BESIDE_THE_SIGNATURE) await signer.attest(image, type, predicate);
  const first = await verifier.requestsFor(image);
  const cached = await verifier.requestsFor(image);
  const images: WorkloadImage[] = [];
  for (let index = 0; index < crowd; index++) {
    progress(`signing image ${index + 1} of ${crowd}`);
    const one = await client.pushWorkload(`bench/image-${index}`, { mode: 'good', version: `${index}` });
    await signer.sign(one);
    await signer.attest(one, 'spdxjson', PREDICATES.spdxjson);
    images.push(one);
  }
  progress(`verifying ${crowd} images at once`);
  const delay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
  const startedAt = performance.now();
  delay.enable();
  await Promise.all(images.map((one) => verifier.untilVerified(one)));
  delay.disable();
  return {
    requests_first: first,
    requests_cached: cached,
    // The sampling interval is part of every sample.
    loop_delay_p99_ms: round(delay.percentile(99) / 1e6 - LOOP_SAMPLE_MS),
    verify_all_s: round((performance.now() - startedAt) / 1000),
  };
}

/** The operator's own parts in this process, so that its event loop can be watched and its requests counted. */
class CountingVerifier implements AsyncDisposable {
  readonly #service: VerificationService;
  readonly #registry: OciRegistry;
  readonly #evidence = new IsolatedEvidence();
  readonly #woken = new EventTarget();
  readonly #asked: ReturnType<typeof Verification.parse>;
  #requests = 0;

  constructor(registryAddress: string, publicKey: string) {
    this.#asked = Verification.parse({ authorities: [{ name: 'pipeline', key: { data: publicKey } }] });
    this.#registry = new OciRegistry({
      settingsOf: (name) => ({ plainHttp: name === registryAddress, mirrors: [] }),
      pullSecrets: { pullSecret: async () => undefined, imagePullSecretsOf: async () => [] },
      proxies: proxySettings({}),
      clock: systemClock,
      random: Math.random,
      observer: {
        requestFinished: () => {
          this.#requests += 1;
        },
      },
    });
    this.#service = new VerificationService({
      registry: this.#registry,
      collector: this.#evidence,
      material: { publicKeys: async () => undefined, trustedRoot: async () => undefined },
      policies: {
        policies: () => [],
        revocations: () => [],
        namespaceLabels: () => ({}),
        releaseStatus: () => undefined,
      },
      operatorNamespace: 'bench',
      matches: matchesWhole,
      clock: systemClock,
      random: Math.random,
      wake: (release) => this.#woken.dispatchEvent(new Event(release)),
      observer: { readingFinished: () => undefined, readingsQueued: () => undefined },
    });
  }

  async requestsFor(image: WorkloadImage): Promise<number> {
    const before = this.#requests;
    await this.untilVerified(image);
    return this.#requests - before;
  }

  /** As a release does: it asks, and asks again when it is woken. */
  async untilVerified({ repository, digest }: WorkloadImage): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const question = {
      ...{ namespace: 'bench', release: digest, repository, digest },
      artifact: { repository, digest },
      asked: this.#asked,
    };
    for (;;) {
      const woken = new Promise((resolve) =>
        this.#woken.addEventListener(`bench/${digest}`, resolve, { once: true }),
      );
      const { state, pending, message } = await this.#service.verify(question, signal);
      if (state === 'Satisfied') return;
      if (!pending) throw new Error(`${repository}@${digest}: ${message}`);
      await woken;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service.stop();
    await this.#evidence[Symbol.asyncDispose]();
    await this.#registry.close();
  }
}
