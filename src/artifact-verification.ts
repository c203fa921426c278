import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { KubeEntryReader } from './adapters/kubernetes/kube-entry-reader.ts';
import { matchesWhole } from './adapters/sigstore-verifier/expression.ts';
import { IsolatedEvidence } from './adapters/sigstore-verifier/isolated-evidence.ts';
import { PublicGoodRoot } from './adapters/sigstore-verifier/public-good-root.ts';
import { systemClock } from './controller/clock.ts';
import type { Service } from './controller/manager.ts';
import type { PolicyReader } from './ports/policies.ts';
import type { RegistryAccess } from './registry-access.ts';
import { VerificationMetrics } from './telemetry/verification-metrics.ts';
import { VerificationService } from './verification/verification-service.ts';

export interface ArtifactVerificationParts {
  readonly access: RegistryAccess;
  /** Of keys and roots. */
  readonly entries: KubeEntryReader;
  readonly policies: PolicyReader;
  /** Of the operator. */
  readonly namespace: string;
  /** Whether the public-good root is kept up to date. */
  readonly publicGoodRefresh: boolean;
  /** Makes a pass over the release `namespace/name` due. */
  readonly wake: (release: string) => void;
  readonly registry: Registry;
  readonly log: Logger;
}

export interface ArtifactVerification {
  readonly verifier: VerificationService;
  /** Ends processes with the operator. */
  readonly service: Service;
}

/**
 * What proves digests. Nothing is opened or started before the first release that asks for proof, or that a policy asks
 * it of.
 */
export function createArtifactVerification(parts: ArtifactVerificationParts): ArtifactVerification {
  const { access, entries, policies, namespace, wake } = parts;
  const publicGood = new PublicGoodRoot({
    clock: systemClock,
    onError: (error) => parts.log.warn({ err: error }, 'public-good root could not be refreshed'),
  });
  const collector = new IsolatedEvidence(
    parts.publicGoodRefresh ? { publicGoodRoot: () => publicGood.current() } : {},
  );
  const verifier = new VerificationService({
    ...{ registry: access.oci, collector, material: entries, policies, wake },
    operatorNamespace: namespace,
    matches: matchesWhole,
    clock: systemClock,
    random: Math.random,
    observer: new VerificationMetrics(parts.registry),
  });
  return {
    verifier,
    service: {
      name: 'verification',
      start: async () => undefined,
      stop: async () => {
        verifier.stop();
        await Promise.all([collector[Symbol.asyncDispose](), publicGood.stop()]);
      },
    },
  };
}
