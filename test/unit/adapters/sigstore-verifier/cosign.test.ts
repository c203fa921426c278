import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../../src/adapters/sigstore-verifier/collect-evidence.ts';
import { Verification } from '../../../../src/api/verification-spec.ts';
import { judge } from '../../../../src/domain/verification/judge.ts';
import { OTHER_SUBJECT } from '../../../support/attached-artifact.ts';
import {
  type CosignKey,
  type CosignLayout,
  cosignFixture,
  cosignPublicKey,
} from '../../../support/cosign-fixture.ts';
import { byKey } from './authorities.ts';

const LAYOUTS: readonly CosignLayout[] = ['bundle', 'legacy', 'referrer'];
const KEYS: readonly CosignKey[] = ['p-256', 'p-384', 'p-521', 'rsa-3072'];
const each = LAYOUTS.flatMap((layout) => KEYS.map((key) => [layout, key] as const));

const byCosignKey = (key: CosignKey) => byKey(cosignPublicKey(key));

describe('what the real cosign signed', () => {
  it.each(each)('as %s with %s is taken', (layout, key) => {
    const { evidence, rejected } = collectEvidence(cosignFixture(layout, key), [byCosignKey(key)]);
    expect(rejected).toEqual([]);
    const signatures = evidence.filter(({ content }) => content.kind === 'Signature');
    expect(signatures).toMatchObject([
      { format: layout === 'bundle' ? 'bundle' : 'legacy', signer: { kind: 'Key' } },
    ]);
  });

  it.each(each)('as %s with %s is not taken for another key, nor under another digest', (layout, key) => {
    const contents = cosignFixture(layout, key);
    const stranger = byCosignKey(key === 'p-256' ? 'p-384' : 'p-256');
    const byStranger = collectEvidence(contents, [stranger]);
    expect(byStranger.evidence).toEqual([]);
    expect(new Set(byStranger.rejected.map(({ reason }) => reason))).toEqual(new Set(['SignatureInvalid']));

    const attached = contents.attached.map((one) => ({
      ...one,
      ...(one.subject && { subject: OTHER_SUBJECT }),
    }));
    const moved = collectEvidence({ subject: OTHER_SUBJECT, attached }, [byCosignKey(key)]);
    expect(moved.evidence).toEqual([]);
    expect(new Set(moved.rejected.map(({ reason }) => reason))).toEqual(new Set(['DigestMismatch']));
  });
});

describe('what the real cosign attested', () => {
  it.each(LAYOUTS)('as %s is read', (layout) => {
    const { evidence } = collectEvidence(cosignFixture(layout, 'p-256'), [byCosignKey('p-256')]);
    const facts = evidence.flatMap(({ content }) => (content.kind === 'Attestation' ? [content.facts] : []));
    expect(facts.map(({ kind }) => kind).sort()).toEqual(['Provenance', 'Sbom', 'Sbom', 'Scan', 'Vex']);
    expect(facts).toContainEqual(
      expect.objectContaining({
        builder: 'https://builder.example/v1',
        source: 'https://git.example/shop/checkout',
        commit: '8f3c5e0d7b2a4916c8e1f0a9d3b5c7e2f4a60819',
        ref: 'refs/tags/v1.42.0',
      }),
    );
    expect(facts).toContainEqual(expect.objectContaining({ format: 'SPDX', components: 1, identified: 1 }));
    expect(facts).toContainEqual(
      expect.objectContaining({ format: 'CycloneDX', components: 2, identified: 1 }),
    );
    expect(facts).toContainEqual(
      expect.objectContaining({
        finishedAt: '2026-11-24T06:01:00.000Z',
        findings: [
          expect.objectContaining({ id: 'CVE-2026-1', severity: 'high', component: 'openssl 3.0.1' }),
        ],
      }),
    );
  });

  const NOW = new Date('2026-11-24T12:00:00Z');
  const judged = (layout: CosignLayout, scan: object, now = NOW) => {
    const spec = Verification.parse({
      authorities: [{ name: 'release', key: { data: cosignPublicKey('p-256') } }],
      attestations: [
        {
          name: 'provenance',
          predicateTypes: ['slsaprovenance1'],
          provenance: {
            builderIDs: ['https://builder.example/v1'],
            sourceRefs: ['refs/tags/v*'],
            requireCommit: true,
          },
        },
        {
          name: 'sbom',
          predicateTypes: ['spdxjson'],
          sbom: { minIdentifiedPercent: 100, minSupplierPercent: 100 },
        },
        { name: 'scan', predicateTypes: ['vuln'], vulnerabilities: scan },
      ],
    });
    const contents = cosignFixture(layout, 'p-256');
    const file = { subject: contents.subject, ...collectEvidence(contents, [byCosignKey('p-256')]) };
    const { state, requirements } = judge([{ policy: 'policy', spec }], file, now);
    return {
      state,
      reasons: requirements.flatMap((one) => ('reason' in one ? [`${one.name}: ${one.reason}`] : [])),
    };
  };

  it.each(LAYOUTS)('as %s passes its gates', (layout) => {
    expect(judged(layout, { maxAge: '24h' })).toEqual({ state: 'Satisfied', reasons: [] });
  });

  it.each(LAYOUTS)('as %s fails the gates that it does not meet', (layout) => {
    const strict = { maxAllowed: { high: 0 } };
    expect(judged(layout, strict).reasons).toEqual(['scan: VulnerabilityThreshold']);
    expect(judged(layout, { ...strict, vexAuthorities: ['release'] }).reasons).toEqual([]);
    expect(judged(layout, { maxAge: '5h' }).reasons).toEqual(['scan: ScanTooOld']);
    expect(judged(layout, {}, new Date('2026-12-02T00:00:00Z')).reasons).toEqual(['scan: ScanTooOld']);
  });

  it('of another kind does not stand in for a missing SBOM', () => {
    const contents = cosignFixture('bundle', 'p-384');
    const spec = Verification.parse({
      authorities: [{ name: 'release', key: { data: cosignPublicKey('p-384') } }],
      attestations: [{ name: 'sbom', predicateTypes: ['spdxjson', 'cyclonedx'], sbom: {} }],
    });
    const file = {
      subject: contents.subject,
      ...collectEvidence(contents, [byKey(cosignPublicKey('p-384'))]),
    };
    expect(judge([{ policy: 'policy', spec }], file, NOW)).toMatchObject({
      state: 'Refused',
      requirements: [{ state: 'Satisfied' }, { name: 'sbom', reason: 'AttestationMissing' }],
    });
  });
});
