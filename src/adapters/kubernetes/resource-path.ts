/** One kind in the API: `{ group: 'apps', version: 'v1', resource: 'deployments' }`; the core group is ''. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case. */
  readonly resource: string;
}

/** What to address of a resource; without a namespace, all of them or a cluster-scoped kind. */
export interface ResourceTarget {
  readonly namespace?: string;
  readonly name?: string;
  /** For example `status` or `scale`; needs a name. */
  readonly subresource?: string;
}

/**
 * The URL path of a collection, an object or a subresource. Every part is escaped.
 * Throws on a part that is empty, `.` or `..`: escaping does not keep those from addressing something else.
 */
export function resourcePath(resource: Resource, target: ResourceTarget = {}): string {
  const root = resource.group === '' ? ['api'] : ['apis', resource.group];
  const namespace = target.namespace === undefined ? [] : ['namespaces', target.namespace];
  const object = [target.name, target.subresource].filter((part) => part !== undefined);
  const parts = [...root, resource.version, ...namespace, resource.resource, ...object];
  return `/${parts.map(toSegment).join('/')}`;
}

function toSegment(part: string): string {
  if (part === '' || part === '.' || part === '..') throw new Error(`not a path segment: "${part}"`);
  return encodeURIComponent(part);
}
