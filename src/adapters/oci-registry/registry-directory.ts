import type { ArtifactRegistry } from '../../api/artifact-registry.ts';
import type { Clock } from '../../controller/clock.ts';
import { normalizeRegistry } from '../../domain/repository-name.ts';
import type { CertificateReader, StoredRegistry } from '../../ports/registry-configuration.ts';
import { type Certificates, givenCertificates, readCertificates } from './certificates.ts';
import {
  DEFAULT_SETTINGS,
  type RegistrySettings,
  type SettingsOf,
  toSettings,
  unusableSettings,
} from './registry-settings.ts';

export interface RegistryDirectoryParts {
  /** Those that there are now. */
  readonly registries: () => readonly StoredRegistry[];
  readonly certificates: CertificateReader;
  readonly clock: Clock;
}

/** How registries are reached, by the ArtifactRegistries that there are. */
export class RegistryDirectory {
  readonly #parts: RegistryDirectoryParts;
  #settings: ReadonlyMap<string, RegistrySettings> | undefined;

  constructor(parts: RegistryDirectoryParts) {
    this.#parts = parts;
  }

  readonly settingsOf: SettingsOf = (registry) => {
    this.#settings ??= this.#read();
    return this.#settings.get(registry) ?? DEFAULT_SETTINGS;
  };

  /** An ArtifactRegistry has come, changed or gone. What ConfigMaps hold is read again as well. */
  invalidate(): void {
    this.#settings = undefined;
  }

  #read(): ReadonlyMap<string, RegistrySettings> {
    const settings = ({ understood }: StoredRegistry): RegistrySettings =>
      understood.valid
        ? toSettings(understood.value, this.#authorities(understood.value))
        : unusableSettings(`ArtifactRegistry ${understood.name} is not understood: ${understood.problem}`);
    return new Map(
      [...byRegistry(this.#parts.registries())].map(([host, stored]) => [host, settings(stored)]),
    );
  }

  #authorities({ metadata, spec }: ArtifactRegistry): Certificates | undefined {
    const { certificates, clock } = this.#parts;
    const { pem, configMap } = spec.ca ?? {};
    const owner = `ArtifactRegistry ${metadata.name}`;
    if (pem !== undefined) return givenCertificates(pem, `spec.ca.pem of ${owner}`);
    if (configMap === undefined) return undefined;
    const { key, name, namespace } = configMap;
    const origin = `the entry ${key} of the ConfigMap ${namespace}/${name}, which ${owner} names,`;
    return readCertificates(() => certificates.certificates(namespace, { name, key }), origin, clock);
  }
}

/** One object for each registry, by its normalized host: the oldest, so that a second one cannot change a first. */
export function byRegistry<T extends Omit<StoredRegistry, 'understood'>>(
  objects: readonly T[],
): ReadonlyMap<string, T> {
  const key = ({ creationTimestamp, name }: T) => `${creationTimestamp} ${name}`;
  const oldestLast = objects.toSorted((one, other) => (key(one) < key(other) ? 1 : -1));
  return new Map(oldestLast.map((object) => [normalizeRegistry(object.host), object]));
}
