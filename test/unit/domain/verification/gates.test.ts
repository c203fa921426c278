import { describe, expect, it } from 'vitest';
import { Attestation } from '../../../../src/api/attestation-spec.ts';
import type { Signer } from '../../../../src/domain/verification/evidence.ts';
import { matchesGlob } from '../../../../src/domain/verification/glob.ts';
import type {
  ProvenanceFacts,
  SbomFacts,
  VexStatement,
} from '../../../../src/domain/verification/predicate-facts.ts';
import { judgeProvenance, originOf } from '../../../../src/domain/verification/provenance-gate.ts';
import type { Finding } from '../../../../src/domain/verification/requirement.ts';
import { judgeSbom } from '../../../../src/domain/verification/sbom-gate.ts';
import { judgeScan, type ScanToJudge } from '../../../../src/domain/verification/vulnerability-gate.ts';
import { SUBJECT } from '../../../support/attached-artifact.ts';
import { finding, keySigner, NOW, scanOf } from '../../../support/evidence.ts';

const gateOf = (gate: object) => Attestation.parse({ name: 'x', predicateTypes: ['vuln'], ...gate });

const short = (result: Finding) => ('reason' in result ? result.reason : result.state);

describe('a vulnerability gate', () => {
  const judged = (scan: Partial<ScanToJudge>, gate: object = {}) => {
    const { vulnerabilities } = gateOf({ vulnerabilities: gate });
    if (!vulnerabilities) throw new Error('there is no gate');
    return judgeScan({ facts: scanOf(), subject: SUBJECT, vex: [], ...scan }, vulnerabilities, NOW);
  };
  const withFindings = (...findings: Parameters<typeof scanOf>[0] & object) => ({ facts: scanOf(findings) });

  it('takes a clean and fresh scan', () => {
    expect(judged({})).toEqual({
      state: 'Satisfied',
      message: '0 critical and 0 high vulnerabilities on 2026-11-24T06:00:00.000Z',
    });
  });

  it('counts by severity, and lets through what is not limited', () => {
    const high = finding('CVE-2', { severity: 'high' });
    expect(short(judged(withFindings(finding('CVE-1'))))).toBe('VulnerabilityThreshold');
    expect(short(judged(withFindings(high)))).toBe('Satisfied');
    expect(judged(withFindings(high), { maxAllowed: { high: 0 } })).toMatchObject({
      reason: 'VulnerabilityThreshold',
      message: 'the scan of 2026-11-24T06:00:00.000Z counts 1 high vulnerabilities, allowed: 0 (CVE-2)',
    });
    expect(short(judged(withFindings(high), { maxAllowed: { high: 1 } }))).toBe('Satisfied');
    expect(
      short(judged(withFindings(finding('X', { severity: 'unknown' })), { maxAllowed: { unknown: 0 } })),
    ).toBe('VulnerabilityThreshold');
  });

  it('counts one vulnerability of one component once, at its worst', () => {
    const same = [
      finding('CVE-1', { severity: 'low' }),
      finding('CVE-1', { severity: 'high' }),
      finding('CVE-1', { severity: 'low' }),
    ];
    expect(short(judged(withFindings(...same), { maxAllowed: { high: 1, low: 0 } }))).toBe('Satisfied');
    expect(short(judged(withFindings(...same), { maxAllowed: { high: 0 } }))).toBe('VulnerabilityThreshold');
  });

  it('trap 16: judges age by the signed content, to the second', () => {
    const at = (finishedAt: string) => short(judged({ facts: scanOf([], { finishedAt }) }, { maxAge: '1h' }));
    expect(at('2026-11-24T11:00:00.000Z')).toBe('Satisfied');
    expect(at('2026-11-24T10:59:59.000Z')).toBe('ScanTooOld');
  });

  it('refuses a scan that says no time, one of the future, or one later than its signature', () => {
    expect(short(judged({ facts: { kind: 'Scan', findings: [], scanner: 'x' } }))).toBe('ScanTimeInvalid');
    expect(short(judged({ facts: scanOf([], { finishedAt: '2026-11-24T12:06:00.000Z' }) }))).toBe(
      'ScanTimeInvalid',
    );
    expect(short(judged({ signedAt: '2026-11-24T01:00:00.000Z' }))).toBe('ScanTimeInvalid');
    expect(short(judged({ signedAt: '2026-11-24T06:00:10.000Z' }))).toBe('Satisfied');
  });

  it('takes only scanners that are allowed', () => {
    const scanners = ['pkg:github/aquasecurity/trivy'];
    expect(short(judged({}, { scanners }))).toBe('Satisfied');
    expect(
      short(judged({ facts: scanOf([], { scanner: 'pkg:github/aquasecurity/trivy-evil' }) }, { scanners })),
    ).toBe('UnsupportedFormat');
    const { scanner: _, ...unnamed } = scanOf();
    expect(short(judged({ facts: unnamed }, { scanners }))).toBe('UnsupportedFormat');
  });

  it('does not count what has no fix, where that is asked for', () => {
    const unfixed = withFindings(finding('CVE-1', { fixAvailable: false }));
    expect(short(judged(unfixed))).toBe('VulnerabilityThreshold');
    expect(short(judged(unfixed, { ignoreUnfixed: true }))).toBe('Satisfied');
  });

  it('ignores what is listed until the end date, and no longer', () => {
    const ignoring = (until: string, id = 'CVE-1') =>
      short(
        judged(withFindings(finding('CVE-1', { aliases: ['GHSA-1'] })), {
          ignore: [{ id, until, reason: 'known' }],
        }),
      );
    expect(ignoring('2026-11-24T12:00:01Z')).toBe('Satisfied');
    expect(ignoring('2026-11-24T12:00:01Z', 'GHSA-1')).toBe('Satisfied');
    expect(ignoring('2026-11-24T12:00:00Z')).toBe('VulnerabilityThreshold');
    expect(ignoring('2026-11-24T12:00:01Z', 'CVE-11')).toBe('VulnerabilityThreshold');
  });

  describe('and VEX', () => {
    const statement = (overrides: Partial<VexStatement> = {}): VexStatement => ({
      vulnerability: 'CVE-1',
      aliases: [],
      status: 'not_affected',
      justified: true,
      timestamp: '2026-11-20T00:00:00.000Z',
      products: [],
      ...overrides,
    });
    const withVex = (...statements: VexStatement[]) =>
      short(judged({ ...withFindings(finding('CVE-1')), vex: [{ kind: 'Vex', statements }] }));

    it('excuses what is fixed, or not affected for a reason', () => {
      expect(withVex(statement())).toBe('Satisfied');
      expect(withVex(statement({ status: 'fixed', justified: false }))).toBe('Satisfied');
      expect(withVex(statement({ vulnerability: 'GHSA-1', aliases: ['CVE-1'] }))).toBe('Satisfied');
    });

    it('excuses nothing without a reason, under investigation, or of another vulnerability', () => {
      expect(withVex(statement({ justified: false }))).toBe('VulnerabilityThreshold');
      expect(withVex(statement({ status: 'under_investigation' }))).toBe('VulnerabilityThreshold');
      expect(withVex(statement({ vulnerability: 'CVE-10' }))).toBe('VulnerabilityThreshold');
    });

    it('goes by the newest statement that is not from the future', () => {
      const affected = statement({ status: 'affected', timestamp: '2026-11-21T00:00:00.000Z' });
      expect(withVex(statement(), affected)).toBe('VulnerabilityThreshold');
      expect(withVex(affected, statement({ timestamp: '2026-11-22T00:00:00.000Z' }))).toBe('Satisfied');
      expect(withVex(affected, statement({ timestamp: '2027-01-01T00:00:00.000Z' }))).toBe(
        'VulnerabilityThreshold',
      );
      expect(withVex(statement(), statement({ status: 'affected' }))).toBe('VulnerabilityThreshold');
    });

    it('is about this digest, and about the component', () => {
      const product = { ids: [`pkg:oci/app@${SUBJECT.replace(':', '%3A')}`], hashes: [], subcomponents: [] };
      expect(withVex(statement({ products: [product] }))).toBe('Satisfied');
      expect(withVex(statement({ products: [{ ...product, ids: ['pkg:oci/app@sha256%3Aabc'] }] }))).toBe(
        'VulnerabilityThreshold',
      );
      expect(
        withVex(statement({ products: [{ ids: [], hashes: [SUBJECT.slice(7)], subcomponents: [] }] })),
      ).toBe('Satisfied');
      const of = (purl: string) => withVex(statement({ products: [{ ...product, subcomponents: [purl] }] }));
      expect(of('pkg:deb/debian/openssl@3.0.1')).toBe('Satisfied');
      expect(of('pkg:deb/debian/openssl@3.0.2')).toBe('VulnerabilityThreshold');
    });
  });
});

describe('an SBOM gate', () => {
  const facts: SbomFacts = {
    kind: 'Sbom',
    format: 'SPDX',
    specVersion: '2.3',
    createdAt: '2026-11-24T00:00:00.000Z',
    hasRelationships: false,
    components: 10,
    identified: 9,
    withSupplier: 0,
    withLicense: 5,
    withHash: 10,
  };
  const judged = (overrides: Partial<SbomFacts>, gate: object = {}) => {
    const { sbom } = gateOf({ sbom: gate });
    if (!sbom) throw new Error('there is no gate');
    return judgeSbom({ ...facts, ...overrides }, sbom);
  };

  it('requires a component and a time by default', () => {
    expect(judged({})).toEqual({ state: 'Satisfied', message: 'SPDX 2.3 with 10 components' });
    expect(short(judged({ components: 0 }))).toBe('SbomIncomplete');
    const { createdAt: _, ...timeless } = facts;
    const { sbom } = gateOf({ sbom: {} });
    expect(sbom && short(judgeSbom(timeless, sbom))).toBe('SbomIncomplete');
  });

  it.each([
    [{ minIdentifiedPercent: 90 }, 'Satisfied'],
    [{ minIdentifiedPercent: 91 }, 'SbomIncomplete'],
    [{ minSupplierPercent: 1 }, 'SbomIncomplete'],
    [{ minLicensePercent: 50 }, 'Satisfied'],
    [{ minHashPercent: 100 }, 'Satisfied'],
    [{ minComponents: 11 }, 'SbomIncomplete'],
    [{ requireRelationships: true }, 'SbomIncomplete'],
  ])('%j: %s', (gate, expected) => {
    expect(short(judged({}, gate))).toBe(expected);
  });

  it('does not round up to what is required', () => {
    expect(short(judged({ components: 1000, identified: 899 }, { minIdentifiedPercent: 90 }))).toBe(
      'SbomIncomplete',
    );
  });
});

describe('a provenance gate', () => {
  const facts: ProvenanceFacts = {
    kind: 'Provenance',
    builder: 'https://builder.example/v1',
    source: 'https://git.example/acme/app',
    ref: 'refs/tags/v1.2.0',
    commit: 'a'.repeat(40),
  };
  const judged = (gate: object, overrides: Partial<ProvenanceFacts> = {}, signer: Signer = keySigner()) => {
    const { provenance } = gateOf({ provenance: gate });
    if (!provenance) throw new Error('there is no gate');
    return short(judgeProvenance({ ...facts, ...overrides }, signer, provenance));
  };
  const certified = (claims: Record<string, string>): Signer => ({
    kind: 'Identity',
    issuer: 'i',
    subject: 's',
    claims,
  });

  it.each([
    [{ builderIDs: ['https://builder.example/v1'] }, 'Satisfied'],
    [{ builderIDs: ['https://builder.example'] }, 'ProvenanceMismatch'],
    [{ sourceURIs: ['https://git.example/acme/app'] }, 'Satisfied'],
    [{ sourceURIs: ['git+https://git.example/acme/app.git'] }, 'Satisfied'],
    [{ sourceURIs: ['https://git.example/acme'] }, 'ProvenanceMismatch'],
    [{ sourceRefs: ['refs/tags/v*'] }, 'Satisfied'],
    [{ sourceRefs: ['refs/heads/main'] }, 'ProvenanceMismatch'],
    [{ commits: ['a'.repeat(40)] }, 'Satisfied'],
    [{ commits: ['b'.repeat(40)] }, 'ProvenanceMismatch'],
    [{ requireCommit: true }, 'Satisfied'],
  ])('%j: %s', (gate, expected) => {
    expect(judged(gate)).toBe(expected);
  });

  it('refuses provenance that leaves out what is asked for', () => {
    const { commit: _, builder: __, ...bare } = facts;
    const { provenance } = gateOf({ provenance: { requireCommit: true } });
    expect(provenance && short(judgeProvenance(bare, keySigner(), provenance))).toBe('ProvenanceMismatch');
    const { provenance: byBuilder } = gateOf({ provenance: { builderIDs: ['x'] } });
    expect(byBuilder && short(judgeProvenance(bare, keySigner(), byBuilder))).toBe('ProvenanceMismatch');
  });

  it('believes the certificate before the builder’s own words', () => {
    const signer = certified({ sourceRepositoryRef: 'refs/heads/evil' });
    expect(judged({ sourceRefs: ['refs/tags/v*'] }, {}, signer)).toBe('ProvenanceMismatch');
    expect(originOf(facts, signer)).toMatchObject({ origin: { ref: 'refs/heads/evil' }, conflicts: ['ref'] });
  });

  it('refuses a commit or source that the certificate contradicts, whatever is asked for', () => {
    expect(judged({}, {}, certified({ sourceRepositoryDigest: 'b'.repeat(40) }))).toBe('ProvenanceConflict');
    expect(judged({}, {}, certified({ sourceRepositoryURI: 'https://git.example/eve/app' }))).toBe(
      'ProvenanceConflict',
    );
    expect(judged({}, {}, certified({ sourceRepositoryURI: 'https://git.example/acme/app' }))).toBe(
      'Satisfied',
    );
  });
});

describe('a pattern', () => {
  it.each([
    ['refs/tags/v*', 'refs/tags/v1.2', true],
    ['refs/tags/v*', 'refs/tags/v1/evil', false],
    ['refs/tags/v*', 'xrefs/tags/v1', false],
    ['**', 'a/b/c', true],
    ['r.example/shop/**', 'r.example/shop/a/b', true],
    ['r.example/shop/**', 'r.example/shopping/a', false],
    ['r.example/*/app', 'r.example/shop/app', true],
    ['r.example/*/app', 'r.example/a/b/app', false],
    ['r.example/app', 'rxexample/app', false],
    ['*', '', true],
    ['', 'a', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXbYd', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('trap 8: takes no time to speak of, whatever it is', () => {
    const start = performance.now();
    expect(matchesGlob('*a'.repeat(60), 'a'.repeat(500))).toBe(true);
    expect(matchesGlob(`${'*a'.repeat(60)}b`, 'a'.repeat(500))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
