/**
 * The names that cosign gives to predicate types, and every address under which each of them has been written. `vuln`
 * is what cosign means by it and what in-toto has made of it since.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  slsaprovenance: ['https://slsa.dev/provenance/v0.2'],
  slsaprovenance1: ['https://slsa.dev/provenance/v1'],
  slsaprovenance02: ['https://slsa.dev/provenance/v0.2'],
  spdxjson: ['https://spdx.dev/Document', 'https://spdx.dev/Document/v2.3', 'https://spdx.dev/Document/v2.2'],
  cyclonedx: [
    'https://cyclonedx.org/bom',
    'https://cyclonedx.org/bom/v1.4',
    'https://cyclonedx.org/bom/v1.5',
    'https://cyclonedx.org/bom/v1.6',
    'https://cyclonedx.org/bom/v1.7',
  ],
  vuln: [
    'https://cosign.sigstore.dev/attestation/vuln/v1',
    'cosign.sigstore.dev/attestation/vuln/v1',
    'https://in-toto.io/attestation/vulns/v0.1',
    'https://in-toto.io/attestation/vulns/v0.2',
  ],
  openvex: ['https://openvex.dev/ns', 'https://openvex.dev/ns/v0.2.0'],
};

/** The kind of facts that a predicate type promises; undefined for a type that is not read. */
export function factsKind(predicateType: string): 'Provenance' | 'Sbom' | 'Scan' | 'Vex' | undefined {
  const name = Object.keys(KNOWN).find((one) => KNOWN[one]?.includes(predicateType));
  switch (name) {
    case undefined:
      return undefined;
    case 'spdxjson':
    case 'cyclonedx':
      return 'Sbom';
    case 'vuln':
      return 'Scan';
    case 'openvex':
      return 'Vex';
    default:
      return 'Provenance';
  }
}

/** Whether a statement of this type is meant by a name or address in a policy. */
export const isOfType = (predicateType: string, asked: string): boolean =>
  predicateType === asked || (KNOWN[asked]?.includes(predicateType) ?? false);
