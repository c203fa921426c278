import type { Registry } from 'prom-client';
import type { ApiClient } from './adapters/kubernetes/api-client.ts';
import type { KubeEntryReader } from './adapters/kubernetes/kube-entry-reader.ts';
import { KubePullSecretReader } from './adapters/kubernetes/kube-pull-secret-reader.ts';
import { OciRegistry } from './adapters/oci-registry/oci-registry.ts';
import { proxySettings } from './adapters/oci-registry/proxy-settings.ts';
import { RegistryDirectory } from './adapters/oci-registry/registry-directory.ts';
import { RegistryTermsDirectory } from './adapters/oci-registry/registry-terms.ts';
import { systemClock } from './controller/clock.ts';
import type { Service } from './controller/manager.ts';
import type { RegistryTerms } from './ports/registry-configuration.ts';
import { RegistryMetrics } from './telemetry/registry-metrics.ts';
import type { Watches } from './watches.ts';

export interface RegistryAccessParts {
  readonly client: ApiClient;
  readonly registries: Watches['stores']['registries'];
  readonly certificates: KubeEntryReader;
  readonly registry: Registry;
}

export interface RegistryAccess {
  readonly oci: OciRegistry;
  readonly termsOf: (registry: string) => RegistryTerms;
  /** Ends connections with the operator. */
  readonly service: Service;
}

/** How registries are reached, and what the platform says about each, as the ArtifactRegistries of the moment have it. */
export function createRegistryAccess(parts: RegistryAccessParts): RegistryAccess {
  const { certificates, client, registries, registry } = parts;
  const stored = () => registries.list().flatMap((one) => one.stored ?? []);
  const directory = new RegistryDirectory({ registries: stored, certificates, clock: systemClock });
  const terms = new RegistryTermsDirectory(stored);
  registries.subscribe(() => {
    directory.invalidate();
    terms.invalidate();
  });
  const oci = new OciRegistry({
    settingsOf: directory.settingsOf,
    pullSecrets: new KubePullSecretReader(client),
    proxies: proxySettings(process.env),
    clock: systemClock,
    random: Math.random,
    observer: new RegistryMetrics(registry),
  });
  const service = { name: 'registries', start: async () => undefined, stop: () => oci.close() };
  return { oci, termsOf: terms.termsOf, service };
}
