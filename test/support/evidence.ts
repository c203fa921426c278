import type { Attestation } from '../../src/api/attestation-spec.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { Requirements } from '../../src/api/verification-spec.ts';
import type { CaseFile } from '../../src/domain/verification/case-file.ts';
import type { Evidence, Signer } from '../../src/domain/verification/evidence.ts';
import type {
  PredicateFacts,
  ScanFacts,
  Vulnerability,
} from '../../src/domain/verification/predicate-facts.ts';
import { digestOf, SUBJECT } from './attached-artifact.ts';

export const NOW = new Date('2026-11-24T12:00:00Z');

export const keySigner = (name = 'key'): Signer => ({ kind: 'Key', fingerprint: digestOf(name) });

let count = 0;
const nextManifest = (): Digest => digestOf(`manifest ${count++}`);

export const signatureBy = (name: string, overrides: Partial<Evidence> = {}): Evidence => ({
  authority: `policy/${name}`,
  manifestDigest: nextManifest(),
  format: 'bundle',
  signer: keySigner(name),
  content: { kind: 'Signature' },
  ...overrides,
});

export const attestationBy = (
  name: string,
  predicateType: string,
  facts: PredicateFacts,
  overrides: Partial<Evidence> = {},
): Evidence => ({
  ...signatureBy(name),
  content: { kind: 'Attestation', predicateType, facts },
  ...overrides,
});

export const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

export const scanOf = (
  findings: readonly Vulnerability[] = [],
  overrides: Partial<ScanFacts> = {},
): ScanFacts => ({
  kind: 'Scan',
  scanner: 'pkg:github/aquasecurity/trivy@0.70.0',
  finishedAt: '2026-11-24T06:00:00.000Z',
  findings,
  ...overrides,
});

export const finding = (id: string, overrides: Partial<Vulnerability> = {}): Vulnerability => ({
  id,
  component: 'openssl 3.0.1',
  purl: 'pkg:deb/debian/openssl@3.0.1',
  severity: 'critical',
  fixAvailable: true,
  ...overrides,
});

export const caseFile = (evidence: readonly Evidence[], overrides: Partial<CaseFile> = {}): CaseFile => ({
  subject: SUBJECT,
  evidence,
  rejected: [],
  unavailable: new Map(),
  ...overrides,
});

/** Requirements as they are parsed; the keys of the authorities do not matter once there is evidence. */
export const requirements = (
  authorities: readonly string[],
  overrides: Omit<Partial<Requirements>, 'attestations'> & { attestations?: readonly object[] } = {},
): Requirements =>
  Requirements.parse({
    authorities: authorities.map((name) => ({ name, key: { data: 'pem' } })),
    ...overrides,
  });

export const scanRequirement = (vulnerabilities: object = {}, overrides: Partial<Attestation> = {}) => ({
  name: 'scan',
  predicateTypes: ['vuln'],
  vulnerabilities,
  ...overrides,
});
