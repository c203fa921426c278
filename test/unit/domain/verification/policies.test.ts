import { describe, expect, it } from 'vitest';
import { ArtifactPolicy } from '../../../../src/api/artifact-policy.ts';
import { Verification } from '../../../../src/api/verification-spec.ts';
import { requirementsOf, selects } from '../../../../src/domain/verification/policies.ts';

const authorities = [{ name: 'a', key: { data: 'pem' } }];

const policy = (name: string, spec: object = {}) =>
  ArtifactPolicy.parse({ metadata: { name, uid: name, generation: 1 }, spec: { authorities, ...spec } });

const named = (policies: readonly ArtifactPolicy[], own?: Verification) =>
  requirementsOf(
    { repository: 'registry.example.com/shop/checkout', namespaceLabels: { team: 'shop' }, own },
    policies,
  ).map((one) => one.policy);

describe('the requirements of a release', () => {
  it('are those of every policy that selects it, and its own', () => {
    const policies = [
      policy('b'),
      policy('a', { namespaceSelector: { matchLabels: { team: 'shop' } } }),
      policy('other-team', { namespaceSelector: { matchLabels: { team: 'bank' } } }),
      policy('other-repository', { repositories: ['registry.example.com/bank/**'] }),
      policy('repository', {
        repositories: ['registry.example.com/bank/**', 'registry.example.com/*/checkout'],
      }),
    ];
    expect(named(policies, Verification.parse({ authorities }))).toEqual([
      'ArtifactPolicy a',
      'ArtifactPolicy b',
      'ArtifactPolicy repository',
      'ArtifactRelease',
    ]);
  });

  it('are none where nobody asks', () => {
    expect(named([])).toEqual([]);
  });
});

describe('a label selector', () => {
  const labels = { team: 'shop', tier: 'web' };
  it.each([
    [{}, true],
    [{ matchLabels: { team: 'shop' } }, true],
    [{ matchLabels: { team: 'shop', tier: 'db' } }, false],
    [{ matchExpressions: [{ key: 'team', operator: 'In', values: ['bank', 'shop'] }] }, true],
    [{ matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['shop'] }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['shop'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
  ] as const)('%j: %s', (selector, expected) => {
    expect(selects(structuredClone(selector) as never, labels)).toBe(expected);
  });
});
