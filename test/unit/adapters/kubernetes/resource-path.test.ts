import { describe, expect, it } from 'vitest';
import { type Resource, resourcePath } from '../../../../src/adapters/kubernetes/resource-path.ts';

const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };
const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', resource: 'deployments' };

describe('resourcePath', () => {
  it.each([
    { resource: PODS, target: {}, path: '/api/v1/pods' },
    { resource: PODS, target: { name: 'n' }, path: '/api/v1/pods/n' },
    {
      resource: DEPLOYMENTS,
      target: { namespace: 'shop' },
      path: '/apis/apps/v1/namespaces/shop/deployments',
    },
    {
      resource: DEPLOYMENTS,
      target: { namespace: 'shop', name: 'checkout', subresource: 'scale' },
      path: '/apis/apps/v1/namespaces/shop/deployments/checkout/scale',
    },
    {
      resource: PODS,
      target: { namespace: 'a', name: 'b/c?d' },
      path: '/api/v1/namespaces/a/pods/b%2Fc%3Fd',
    },
  ])('builds $path', ({ resource, target, path }) => {
    expect(resourcePath(resource, target)).toBe(path);
  });

  it.each(['', '.', '..'])('refuses "%s" as a name', (name) => {
    expect(() => resourcePath(PODS, { namespace: 'shop', name })).toThrow('not a path segment');
  });
});
