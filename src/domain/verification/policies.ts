import type { ArtifactPolicy } from '../../api/artifact-policy.ts';
import type { LabelSelector } from '../../api/label-selector.ts';
import type { Requirements, Verification } from '../../api/verification-spec.ts';
import { matchesGlob } from './glob.ts';
import type { NamedRequirements } from './judge.ts';

type Labels = Readonly<Record<string, string>>;

export const OWN_REQUIREMENTS = 'ArtifactRelease';
const policyId = (name: string): string => `ArtifactPolicy ${name}`;

/**
 * All that a release must prove: every policy that selects its namespace and repository, then its own. They are kept
 * apart rather than mixed, so that no authority, exception or mode of one can serve another.
 */
export function requirementsOf(
  release: {
    readonly repository: string;
    readonly namespaceLabels: Labels;
    readonly own?: Verification | undefined;
  },
  policies: readonly ArtifactPolicy[],
): readonly NamedRequirements[] {
  const selected = policies
    .filter(({ spec }) => selects(spec.namespaceSelector, release.namespaceLabels))
    .filter(({ spec }) => spec.repositories.some((pattern) => matchesGlob(pattern, release.repository)))
    .map(({ metadata, spec }) => ({ policy: policyId(metadata.name), spec: spec as Requirements }))
    .sort((a, b) => (a.policy < b.policy ? -1 : 1));
  return release.own ? [...selected, { policy: OWN_REQUIREMENTS, spec: release.own }] : selected;
}

export function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (matchExpressions ?? []).every((expression) => holds(expression, labels));
}

function holds(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
  }
}
