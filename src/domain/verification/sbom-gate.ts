import type { SbomGate } from '../../api/attestation-spec.ts';
import type { SbomFacts } from './predicate-facts.ts';
import { type Finding, refused, satisfied } from './requirement.ts';

/** Whole percent, rounded down: 89.9 % does not satisfy 90. An empty list has everything that its components need. */
export const percentOf = (part: number, components: number): number =>
  components === 0 ? 100 : Math.floor((part * 100) / components);

export function judgeSbom(facts: SbomFacts, gate: SbomGate): Finding {
  const { components } = facts;
  if (components < gate.minComponents) {
    return refused(
      'SbomIncomplete',
      `the SBOM lists ${components} components, required: ${gate.minComponents}`,
    );
  }
  if (gate.requireTimestamp && facts.createdAt === undefined) {
    return refused('SbomIncomplete', 'the SBOM does not say when it was made');
  }
  if (gate.requireRelationships && !facts.hasRelationships) {
    return refused('SbomIncomplete', 'the SBOM does not say what depends on what');
  }
  const shares: readonly (readonly [string, number, number | undefined])[] = [
    ['a name, version and unique identifier', facts.identified, gate.minIdentifiedPercent],
    ['a supplier', facts.withSupplier, gate.minSupplierPercent],
    ['a licence', facts.withLicense, gate.minLicensePercent],
    ['a hash', facts.withHash, gate.minHashPercent],
  ];
  for (const [what, count, least] of shares) {
    const share = percentOf(count, components);
    if (least !== undefined && share < least) {
      return refused(
        'SbomIncomplete',
        `${count} of ${components} components of the SBOM (${share}%) have ${what}, required: ${least}%`,
      );
    }
  }
  return satisfied(`${facts.format} ${facts.specVersion} with ${components} components`);
}
