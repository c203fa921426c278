import { GROUP, PLURAL, VERSION } from '../../api/artifact-release.ts';
import type { Resource } from './resource-path.ts';

export const RELEASES: Resource = { group: GROUP, version: VERSION, resource: PLURAL };
export const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', resource: 'deployments' };
export const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };
