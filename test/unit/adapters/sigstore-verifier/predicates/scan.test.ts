import { describe, expect, it } from 'vitest';
import { readPredicate } from '../../../../../src/adapters/sigstore-verifier/predicates/predicate.ts';

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

const scan = (result: unknown, type = VULN) =>
  readPredicate(type, {
    scanner: { uri: 'pkg:github/aquasecurity/trivy@0.70.0', result },
    metadata: { scanStartedOn: '2026-11-24T05:59:00Z', scanFinishedOn: '2026-11-24T06:00:00Z' },
  });

const severities = (result: unknown) => {
  const facts = scan(result);
  return facts.kind === 'Scan' ? facts.findings.map(({ severity }) => severity).join() : facts.kind;
};

describe('a scan by Trivy', () => {
  const report = (Severity: string) => ({
    SchemaVersion: 2,
    Results: [
      { Target: 'debian', Vulnerabilities: null },
      {
        Target: 'app',
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-2026-1',
            PkgName: 'openssl',
            InstalledVersion: '3.0.1',
            FixedVersion: '3.0.2',
            PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.1' },
            Severity,
          },
        ],
      },
    ],
  });

  it('is read', () => {
    expect(scan(report('HIGH'))).toEqual({
      kind: 'Scan',
      scanner: 'pkg:github/aquasecurity/trivy@0.70.0',
      finishedAt: '2026-11-24T06:00:00.000Z',
      findings: [
        {
          id: 'CVE-2026-1',
          component: 'openssl 3.0.1',
          purl: 'pkg:deb/debian/openssl@3.0.1',
          severity: 'high',
          fixAvailable: true,
        },
      ],
    });
  });

  it('is clean without results', () => {
    expect(severities({ SchemaVersion: 2, Results: null })).toBe('');
    expect(severities({ SchemaVersion: 2 })).toBe('');
  });

  it('is not understood with a severity or schema that is not known', () => {
    expect(severities(report('UNKNOWN'))).toBe('unknown');
    expect(severities(report('SHOCKING'))).toBe('Unreadable');
    expect(severities(report('constructor'))).toBe('Unreadable');
    expect(severities({ ...report('HIGH'), SchemaVersion: 3 })).toBe('Unreadable');
  });
});

describe('a scan by Grype', () => {
  const match = (severity: string, versions: string[]) => ({
    vulnerability: { id: 'GHSA-1', severity, fix: { state: 'fixed', versions } },
    relatedVulnerabilities: [{ id: 'CVE-2026-1' }],
    artifact: { name: 'lodash', version: '4.0.0', purl: 'pkg:npm/lodash@4.0.0' },
  });

  it('is read', () => {
    expect(scan({ matches: [match('Negligible', [])] })).toMatchObject({
      findings: [
        {
          id: 'GHSA-1',
          aliases: ['CVE-2026-1'],
          component: 'lodash 4.0.0',
          severity: 'low',
          fixAvailable: false,
        },
      ],
    });
    expect(severities({ matches: [] })).toBe('');
    expect(severities({ matches: [{ vulnerability: { id: 'x' } }] })).toBe('Unreadable');
  });
});

describe('a scan as SARIF', () => {
  const log = (rule: object, result: object) => ({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 's', rules: [{ id: 'CVE-1', ...rule }] } },
        results: [{ ruleId: 'CVE-1', ...result }],
      },
    ],
  });
  const score = (value: unknown) => log({ properties: { 'security-severity': value } }, {});

  it.each([
    ['9.0', 'critical'],
    ['8.9', 'high'],
    ['7.0', 'high'],
    [6.9, 'medium'],
    ['4.0', 'medium'],
    ['0.1', 'low'],
    ['11', 'Unreadable'],
    ['bad', 'Unreadable'],
  ])('of security-severity %s is %s', (value, expected) => {
    expect(severities(score(value))).toBe(expected);
  });

  it('goes by the level without a score', () => {
    expect(severities(log({}, { level: 'error' }))).toBe('high');
    expect(severities(log({ defaultConfiguration: { level: 'note' } }, {}))).toBe('low');
    expect(severities(log({}, {}))).toBe('medium');
  });

  it('leaves out what was suppressed, unless nobody accepted it', () => {
    expect(severities(log({}, { suppressions: [{ kind: 'external' }] }))).toBe('');
    expect(severities(log({}, { suppressions: [{ status: 'underReview' }] }))).toBe('medium');
    expect(severities(log({}, { suppressions: [] }))).toBe('medium');
  });

  it('without a run is not understood', () => {
    expect(severities({ version: '2.1.0', runs: [] })).toBe('Unreadable');
  });
});

describe('a scan as in-toto', () => {
  it('takes the worst severity of each finding, by number or word', () => {
    const facts = scan(
      [
        {
          id: 'CVE-1',
          severity: [
            { method: 'nvd', score: '5.0' },
            { method: 'vendor', score: 'Critical' },
          ],
        },
        { id: 'CVE-2', severity: [{ method: 'CVSS_V3', score: 7.5 }] },
      ],
      'https://in-toto.io/attestation/vulns/v0.2',
    );
    expect(facts).toMatchObject({ findings: [{ severity: 'critical' }, { severity: 'high' }] });
    expect(severities([])).toBe('');
    expect(severities([{ id: 'CVE-1', severity: [] }])).toBe('Unreadable');
  });
});

describe('what is not known is never taken for clean', () => {
  it.each([
    [{}],
    [null],
    ['clean'],
    [{ vulnerabilities: [] }],
    [{ Results: [] }],
    [{ matches: {} }],
    [{ runs: null }],
  ])('a scan result of %j', (result) => {
    expect(scan(result).kind).toBe('Unreadable');
  });

  it.each([
    [VULN, null],
    [VULN, { scanner: 'trivy' }],
    ['https://slsa.dev/provenance/v1', {}],
    ['https://slsa.dev/provenance/v0.2', { builder: {} }],
    ['https://spdx.dev/Document', 'SPDXVersion: SPDX-2.3'],
    ['https://spdx.dev/Document', { '@graph': [] }],
    ['https://cyclonedx.org/bom', { bomFormat: 'CycloneDX' }],
    ['https://cyclonedx.org/bom', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{}] }],
    ['https://openvex.dev/ns', { '@context': 'https://example.com', statements: [] }],
    [
      'https://openvex.dev/ns',
      { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [{ status: 'fixed' }] },
    ],
  ])('%s with %j', (type, predicate) => {
    expect(readPredicate(type, predicate).kind).toBe('Unreadable');
  });

  it('says which field is wrong', () => {
    expect(
      readPredicate('https://slsa.dev/provenance/v1', { buildDefinition: { buildType: 'x' } }),
    ).toMatchObject({
      problem: expect.stringContaining('not SLSA provenance v1: runDetails'),
    });
  });

  it('a type that is not read is opaque', () => {
    expect(readPredicate('https://example.com/custom', { anything: true })).toEqual({ kind: 'Opaque' });
  });
});
