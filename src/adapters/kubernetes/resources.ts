import { REGISTRY_PLURAL } from '../../api/artifact-registry.ts';
import { GROUP, PLURAL, VERSION } from '../../api/artifact-release.ts';
import type { Resource } from './resource-path.ts';

export const RELEASES: Resource = { group: GROUP, version: VERSION, resource: PLURAL };
export const POLICIES: Resource = { group: GROUP, version: VERSION, resource: 'artifactpolicies' };
export const REVOCATIONS: Resource = { group: GROUP, version: VERSION, resource: 'artifactrevocations' };
export const REGISTRIES: Resource = { group: GROUP, version: VERSION, resource: REGISTRY_PLURAL };
export const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', resource: 'deployments' };
export const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };
export const SECRETS: Resource = { group: '', version: 'v1', resource: 'secrets' };
export const CONFIG_MAPS: Resource = { group: '', version: 'v1', resource: 'configmaps' };
export const SERVICE_ACCOUNTS: Resource = { group: '', version: 'v1', resource: 'serviceaccounts' };
export const NAMESPACES: Resource = { group: '', version: 'v1', resource: 'namespaces' };
