import type { ArtifactRegistry } from '../../api/artifact-registry.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import type { Certificates } from './certificates.ts';

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
  /** To trust besides those of the system. */
  readonly ca?: Certificates | undefined;
  /** In the order in which they are asked, before the registry itself. */
  readonly mirrors: readonly MirrorSettings[];
  /** The Secret for releases that have no credentials of their own. */
  readonly pullSecret?: { readonly namespace: string; readonly name: string } | undefined;
}

/** Of a registry that nobody has configured. */
export const DEFAULT_SETTINGS: RegistrySettings = { plainHttp: false, mirrors: [] };

/** Of a registry that is configured in a way that is not understood: nothing is asked of it. */
export const unusableSettings = (problem: string): RegistrySettings => ({
  ...DEFAULT_SETTINGS,
  ca: async () => {
    throw new RegistryError('Unavailable', problem);
  },
});

/** The settings of a registry, by its normalized `host[:port]`, as they are now. */
export type SettingsOf = (registry: string) => RegistrySettings;

export function toSettings({ spec }: ArtifactRegistry, ca: Certificates | undefined): RegistrySettings {
  return {
    plainHttp: spec.plainHttp,
    ca,
    mirrors: spec.mirrors ?? [],
    pullSecret: spec.credentials?.secret,
  };
}
