import type { ArtifactRegistry } from '../../api/artifact-registry.ts';
import { normalizeRegistry } from './repository-name.ts';

/** Another place with the same content. */
export interface MirrorSettings {
  /** `host[:port]`, optionally with a path that comes before that of the repository. */
  readonly location: string;
  /** Whether to believe its tags and lists of referrers, which nothing in them proves. */
  readonly listings: boolean;
}

/** How to reach one registry, as its ArtifactRegistry says. */
export interface RegistrySettings {
  readonly plainHttp: boolean;
  /** Certificates to trust besides those of the system, PEM. */
  readonly ca?: string | undefined;
  /** In the order in which they are asked, before the registry itself. */
  readonly mirrors: readonly MirrorSettings[];
  /** The Secret for releases that have no credentials of their own. */
  readonly pullSecret?: { readonly namespace: string; readonly name: string } | undefined;
}

/** Of a registry that nobody has configured. */
export const DEFAULT_SETTINGS: RegistrySettings = { plainHttp: false, mirrors: [] };

/** The settings of a registry, by its normalized `host[:port]`, as they are now. */
export type SettingsOf = (registry: string) => RegistrySettings;

/** `ca` is what the ConfigMap holds that the object names, if it names one. */
export function toSettings({ spec }: ArtifactRegistry, ca: string | undefined): RegistrySettings {
  return {
    plainHttp: spec.plainHttp,
    ca: spec.ca?.pem ?? ca,
    mirrors: spec.mirrors ?? [],
    pullSecret: spec.credentials?.secret,
  };
}

/** One object for each registry, by its normalized host: the oldest, so that a second one cannot change a first. */
export function byRegistry(objects: readonly ArtifactRegistry[]): ReadonlyMap<string, ArtifactRegistry> {
  const key = ({ metadata }: ArtifactRegistry) => `${metadata.creationTimestamp} ${metadata.name}`;
  const oldestLast = objects.toSorted((one, other) => (key(one) < key(other) ? 1 : -1));
  return new Map(oldestLast.map((object) => [normalizeRegistry(object.spec.host), object]));
}
