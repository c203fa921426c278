import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { collectEvidence } from '../../src/adapters/sigstore-verifier/collect-evidence.ts';
import { matchesWhole } from '../../src/adapters/sigstore-verifier/expression.ts';
import { resolveAll } from '../../src/adapters/sigstore-verifier/resolve-authority.ts';
import { ArtifactPolicy } from '../../src/api/artifact-policy.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { ArtifactRevocation } from '../../src/api/artifact-revocation.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { Verification } from '../../src/api/verification-spec.ts';
import type { Proof } from '../../src/domain/observation.ts';
import type { VerificationQuestion } from '../../src/ports/artifact-verifier.ts';
import type { EvidenceCollector } from '../../src/ports/evidence-collector.ts';
import type { Understood } from '../../src/ports/policies.ts';
import { VerificationService } from '../../src/verification/verification-service.ts';
import { signatureStatement, statementAbout } from './attached-artifact.ts';
import { FakeClock } from './fake-clock.ts';
import { anImage, anIndex, BUNDLE, type Content, content, descriptorOf, MANIFEST } from './oci-content.ts';
import { aClient, login, never, plain } from './oci-registry-client.ts';
import { signWithKey } from './private-sigstore.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly pem: string;
}

export function aKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** In this process: that it is another one in production is tested elsewhere, and takes its time. */
const collector: EvidenceCollector = {
  collect: async (contents, asked) => {
    const { authorities, unavailable } = resolveAll(asked, () => 'no public-good root here');
    const collected = collectEvidence(contents, authorities);
    return {
      known: true,
      collected: { ...collected, unavailable: new Map([...unavailable, ...collected.unavailable]) },
    };
  },
};

/** A registry, what the platform demands, and the service between them. */
export class Verifier implements AsyncDisposable {
  readonly registry: ScriptedRegistry;
  readonly clock = new FakeClock(new Date('2026-11-24T12:00:00Z'));
  readonly service: VerificationService;
  readonly woken: string[] = [];
  policies: Understood<ArtifactPolicy>[] = [];
  revocations: Understood<ArtifactRevocation>[] = [];
  labels: Readonly<Record<string, string>> | undefined = {};
  readonly statuses = new Map<string, Status>();
  /** Secrets and ConfigMaps as `namespace/name`. */
  readonly entries = new Map<string, string>();
  readonly #client: ReturnType<typeof aClient>;
  readonly #referrers = new Map<string, Content[]>();

  private constructor(registry: ScriptedRegistry) {
    this.registry = registry;
    this.#client = aClient({
      settings: plain(registry),
      secrets: { regcred: { [registry.host]: login('alice', 'secret') } },
    });
    const entry = async (namespace: string, { name }: { readonly name: string }) =>
      this.entries.get(`${namespace}/${name}`);
    this.service = new VerificationService({
      registry: this.#client.registry,
      collector,
      material: { publicKeys: entry, trustedRoot: entry },
      policies: {
        policies: () => this.policies,
        revocations: () => this.revocations,
        namespaceLabels: () => this.labels,
        releaseStatus: (namespace, name) => this.statuses.get(`${namespace}/${name}`),
      },
      operatorNamespace: 'artifactrelease-system',
      matches: matchesWhole,
      clock: this.clock,
      random: () => 1,
      wake: (release) => this.woken.push(release),
      observer: { readingFinished: () => undefined, readingsQueued: () => undefined },
    });
  }

  static async start(): Promise<Verifier> {
    return new Verifier(await ScriptedRegistry.start());
  }

  get repository(): string {
    return `${this.registry.host}/shop/checkout`;
  }

  /** An image that nobody has signed. */
  push(name: string): Content {
    const { manifest, config } = anImage(name);
    this.registry.put(manifest, config);
    return manifest;
  }

  /** A bundle as a referrer of `subject`, under the referrers tag; and under the API where the registry has it. */
  attach(subject: Content, bundle: object): void {
    const config = content('application/vnd.oci.empty.v1+json', {});
    const layer = content(BUNDLE, bundle);
    const manifest = content(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptorOf(config),
      layers: [descriptorOf(layer)],
      subject: descriptorOf(subject),
    });
    this.registry.put(config, layer, manifest);
    const all = [...(this.#referrers.get(subject.digest) ?? []), manifest];
    this.#referrers.set(subject.digest, all);
    this.registry.tag(subject.digest.replace(':', '-'), anIndex(all));
  }

  sign(subject: Content, { privateKey }: KeyPair): void {
    this.attach(subject, signWithKey(signatureStatement(subject.digest), privateKey));
  }

  attest(subject: Content, { privateKey }: KeyPair, type: string, predicate: unknown): void {
    this.attach(subject, signWithKey(statementAbout(subject.digest, type, predicate), privateKey));
  }

  /** An ArtifactPolicy; by default it asks for a signature by the key. */
  demand(spec: object, name = 'prod'): void {
    const metadata = { name, uid: `uid-of-${name}`, generation: 1 };
    this.policies.push({ valid: true, value: ArtifactPolicy.parse({ metadata, spec }) });
  }

  revoke(spec: object, name = 'incident'): void {
    const metadata = {
      ...{ name, uid: `uid-of-${name}`, resourceVersion: '1', generation: 1 },
      creationTimestamp: '2026-11-24T11:00:00Z',
    };
    const value = ArtifactRevocation.parse({ metadata, spec: { reason: 'stolen', ...spec } });
    this.revocations.push({ valid: true, value });
  }

  question(digest: Digest, own?: object, changes: Partial<VerificationQuestion> = {}): VerificationQuestion {
    return {
      namespace: 'shop',
      release: 'checkout',
      repository: this.repository,
      digest,
      artifact: { repository: this.repository, digest },
      asked: own && Verification.parse(own),
      ...changes,
    };
  }

  /** What a pass gets that waits for the first reading. */
  verify(digest: Digest, own?: object, changes: Partial<VerificationQuestion> = {}): Promise<Proof> {
    return this.service.verify(this.question(digest, own, changes), never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.service.stop();
    await this.#client[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }
}

export const byKey = ({ pem }: KeyPair, more: object = {}): object => ({
  authorities: [{ name: 'ci', key: { data: pem } }],
  ...more,
});
