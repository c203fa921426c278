import { describe, expect, it } from 'vitest';
import { readPredicate } from '../../../../../src/adapters/sigstore-verifier/predicates/predicate.ts';

describe('OpenVEX', () => {
  it('is read, each statement with the time of the document unless it has its own', () => {
    const facts = readPredicate('https://openvex.dev/ns/v0.2.0', {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      author: 'a',
      timestamp: '2026-11-20T00:00:00Z',
      statements: [
        {
          vulnerability: { name: 'CVE-1', aliases: ['GHSA-1'] },
          products: [
            {
              '@id': 'pkg:oci/app',
              hashes: { 'sha-256': 'abc' },
              subcomponents: [{ '@id': 'pkg:deb/openssl' }],
            },
          ],
          status: 'not_affected',
          justification: 'vulnerable_code_not_present',
        },
        {
          vulnerability: 'CVE-2',
          products: ['pkg:oci/app'],
          status: 'fixed',
          timestamp: '2026-11-21T00:00:00Z',
        },
      ],
    });
    expect(facts).toEqual({
      kind: 'Vex',
      statements: [
        {
          vulnerability: 'CVE-1',
          aliases: ['GHSA-1'],
          status: 'not_affected',
          justified: true,
          timestamp: '2026-11-20T00:00:00.000Z',
          products: [{ ids: ['pkg:oci/app'], hashes: ['abc'], subcomponents: ['pkg:deb/openssl'] }],
        },
        {
          vulnerability: 'CVE-2',
          aliases: [],
          status: 'fixed',
          justified: false,
          timestamp: '2026-11-21T00:00:00.000Z',
          products: [{ ids: ['pkg:oci/app'], hashes: [], subcomponents: [] }],
        },
      ],
    });
  });
});
