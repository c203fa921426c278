import { describe, expect, it } from 'vitest';
import { readPredicate } from '../../../../../src/adapters/sigstore-verifier/predicates/predicate.ts';

describe('a bill of materials', () => {
  it('of SPDX is counted', () => {
    const full = {
      name: 'openssl',
      versionInfo: '3.0.1',
      supplier: 'Organization: Debian',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'Apache-2.0',
      checksums: [{ algorithm: 'SHA1', checksumValue: 'a' }],
      externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:deb/debian/openssl@3.0.1' }],
    };
    const facts = readPredicate('https://spdx.dev/Document', {
      spdxVersion: 'SPDX-2.3',
      creationInfo: { created: '2026-11-24T06:00:00Z', creators: ['Organization: x', 'Tool: syft-1.0'] },
      packages: [full, { name: 'bare', supplier: 'NOASSERTION' }],
      relationships: [{}],
    });
    expect(facts).toEqual({
      kind: 'Sbom',
      format: 'SPDX',
      specVersion: '2.3',
      createdAt: '2026-11-24T06:00:00.000Z',
      tool: 'syft-1.0',
      hasRelationships: true,
      components: 2,
      identified: 1,
      withSupplier: 1,
      withLicense: 1,
      withHash: 1,
    });
  });

  it('of CycloneDX is counted with the components of components, however deep', () => {
    let nested: object = {
      name: 'leaf',
      version: '1',
      purl: 'pkg:npm/leaf@1',
      hashes: [{}],
      licenses: [{}],
      supplier: { name: 'x' },
    };
    for (let i = 0; i < 20_000; i++) nested = { name: `n${i}`, components: [nested] };
    const facts = readPredicate('https://cyclonedx.org/bom', {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { timestamp: '2026-11-24T06:00:00Z' },
      components: [nested],
    });
    expect(facts).toMatchObject({
      format: 'CycloneDX',
      components: 20_001,
      identified: 1,
      withSupplier: 1,
      withHash: 1,
      withLicense: 1,
    });
  });
});
