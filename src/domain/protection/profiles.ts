import type { RegistryAdapter, RegistryProtection, ReleaseStrategy } from '../../api/protection-spec.ts';
import { normalizeRegistry } from '../repository-name.ts';
import { acr } from './profiles/acr.ts';
import { distribution } from './profiles/distribution.ts';
import { dockerHub } from './profiles/docker-hub.ts';
import { ecr } from './profiles/ecr.ts';
import { ghcr } from './profiles/ghcr.ts';
import { gitlab } from './profiles/gitlab.ts';
import { googleArtifactRegistry } from './profiles/google-artifact-registry.ts';
import { harbor } from './profiles/harbor.ts';
import { quay } from './profiles/quay.ts';
import { zot } from './profiles/zot.ts';
import type { RegistryProfile } from './registry-profile.ts';

export const REGISTRY_PROFILES: readonly RegistryProfile[] = [
  distribution,
  ecr,
  googleArtifactRegistry,
  acr,
  ghcr,
  harbor,
  gitlab,
  zot,
  quay,
  dockerHub,
];

/** Of the registry at `host[:port]`; Auto goes by the host, and takes what it does not know for Distribution. */
export function profileOf(host: string, adapter: RegistryAdapter): RegistryProfile {
  const name = normalizeRegistry(host.toLowerCase());
  const isIt = (profile: RegistryProfile) =>
    adapter === 'Auto' ? profile.hosts.some((pattern) => pattern.test(name)) : profile.adapter === adapter;
  return REGISTRY_PROFILES.find(isIt) ?? distribution;
}

/** How keep tags are given up there. Nobody can ask for what would take the tags of others along: then it is as with Auto. */
export function strategiesOf(
  { release }: RegistryProfile,
  wanted: RegistryProtection['release'],
): readonly ReleaseStrategy[] {
  const asked = release.filter((strategy) => strategy === wanted);
  return asked.length > 0 ? asked : release;
}
