import { describe, expect, it } from 'vitest';
import {
  canaryName,
  canaryReplicas,
  canaryRevision,
  isRolledOut,
  isServing,
  podNamePattern,
} from '../../../src/domain/workload.ts';
import { app, aWorkload, proxy } from '../../support/observations.ts';
import { CANDIDATE } from '../../support/releases.ts';

describe('a rollout', () => {
  it.each([
    ['its spec is not yet observed', { generation: 4 }],
    ['a pod is still of the old template', { updatedReplicas: 8 }],
    ['an old pod is still there', { currentReplicas: 10 }],
    ['a pod is not available', { availableReplicas: 8 }],
  ])('is not over while %s', (_, changes) => {
    expect(isRolledOut(aWorkload(changes))).toBe(false);
  });

  it('is over when every pod is new and available, also without any', () => {
    expect(isRolledOut(aWorkload())).toBe(true);
    expect(isRolledOut(aWorkload({ replicas: 0 }))).toBe(true);
  });

  it('serves a step only at its size', () => {
    expect(isServing(aWorkload({ replicas: 2 }), 2)).toBe(true);
    expect(isServing(aWorkload({ replicas: 3 }), 2)).toBe(false);
  });
});

describe('the size of a canary', () => {
  it.each([
    { stable: 9, weight: 10, count: 1 },
    { stable: 9, weight: 50, count: 9 },
    { stable: 100, weight: 1, count: 1 },
    { stable: 1, weight: 1, count: 1 },
    { stable: 3, weight: 25, count: 1 },
    { stable: 8, weight: 33, count: 4 },
    { stable: 0, weight: 50, count: 0 },
    { stable: 9, weight: 0, count: 0 },
  ])('beside $stable at $weight% is $count', ({ stable, weight, count }) => {
    expect(canaryReplicas(stable, weight)).toBe(count);
  });
});

describe('the name of a canary', () => {
  const long = `${'very-long-name-of-a-workload'.repeat(3)}.x`;

  it('ends in -canary', () => {
    expect(canaryName('checkout')).toBe('checkout-canary');
  });

  it('stays so short that pod names are not cut, and apart from its neighbours', () => {
    expect(canaryName(long).length + 12).toBeLessThanOrEqual(58);
    expect(canaryName(long)).not.toBe(canaryName(`${long}y`));
    expect(canaryName(long)).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
  });
});

describe('the pods of a Deployment', () => {
  const matches = (name: string, pod: string): boolean => new RegExp(`^${podNamePattern(name)}$`).test(pod);

  it.each([
    ['checkout', 'checkout-6d5f8c7b9d-x2x4q', true],
    ['checkout', 'checkout-canary-6d5f8c7b9d-x2x4q', false],
    ['checkout', 'checkout-api-6d5f8c7b9d-x2x4q', false],
    ['checkout-canary', 'checkout-canary-6d5f8c7b9d-x2x4q', true],
    ['a.b', 'aXb-6d5f8c7b9d-x2x4q', false],
    ['n'.repeat(60), `${'n'.repeat(58)}x2x4q`, true],
    ['n'.repeat(50), `${'n'.repeat(50)}-6d5f8c7x2x4q`, true],
  ])('of %s: %s is one: %s', (name, pod, is) => {
    expect(matches(name, pod)).toBe(is);
  });
});

describe('the revision of a canary', () => {
  const pinned = new Set(['app']);
  const revision = canaryRevision(aWorkload(), pinned, []);

  it('does not change with the artifact: its promotion must not restart the canary', () => {
    expect(canaryRevision(aWorkload({ containers: [app(CANDIDATE), proxy] }), pinned, [])).toBe(revision);
  });

  it.each([
    ['the template', aWorkload({ templateHash: 'template-2' }), []],
    ['the image of another container', aWorkload({ containers: [app(), { ...proxy, image: 'mesh:2' }] }), []],
    ['a patch', aWorkload(), [{ op: 'remove', path: '/spec/x' } as const]],
  ])('changes with %s', (_, workload, patches) => {
    expect(canaryRevision(workload, pinned, patches)).not.toBe(revision);
  });
});
