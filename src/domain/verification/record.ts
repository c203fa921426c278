import { SEVERITIES } from '../../api/attestation-spec.ts';
import { MAX_FACT, MAX_SHOWN, type VerificationRecord } from '../../api/verification-status.ts';
import { type Attested, type Evidence, isAttestation, type Rejected, type Signer } from './evidence.ts';
import type { SbomFacts, ScanFacts } from './predicate-facts.ts';
import { originOf } from './provenance-gate.ts';

/** What people and tools see of the evidence: facts that others wrote are cut to a bounded length. */
export function recordOf(
  evidence: readonly Evidence[],
  rejected: readonly Rejected[],
): Omit<VerificationRecord, 'digest' | 'state' | 'reason' | 'policyHash'> {
  const attested = evidence.filter(isAttestation);
  const provenance = provenanceOf(attested);
  const vulnerabilities = vulnerabilitiesOf(attested);
  const sbom = sbomOf(attested);
  return {
    signatures: distinct(
      evidence
        .filter(({ content }) => content.kind === 'Signature')
        .map((one) => ({ ...signedRecord(one), format: one.format })),
    ),
    attestations: distinct(
      attested.map((one) => ({ ...signedRecord(one), predicateType: cut(one.content.predicateType) })),
    ),
    ...(provenance && { provenance }),
    ...(vulnerabilities && { vulnerabilities }),
    ...(sbom && { sbom }),
    ...(rejected.length > 0 && {
      rejected: rejected
        .slice(0, MAX_SHOWN)
        .map(({ manifestDigest, reason }) => ({ manifestDigest, reason })),
    }),
  };
}

const cut = (text: string): string => text.slice(0, MAX_FACT);

function signedRecord({ authority, signer, signedAt, manifestDigest }: Evidence) {
  return {
    authority: cut(authority),
    signer: signerRecord(signer),
    manifestDigest,
    ...(signedAt !== undefined && { signedAt }),
  };
}

const signerRecord = (signer: Signer): VerificationRecord['signatures'][number]['signer'] =>
  signer.kind === 'Key'
    ? { keyFingerprint: signer.fingerprint }
    : { issuer: cut(signer.issuer), subject: cut(signer.subject) };

/** Whoever signs twice is shown once; the rest is counted elsewhere. */
function distinct<T extends { authority: string; signer: object; predicateType?: string }>(
  records: readonly T[],
): T[] {
  const seen = new Map(
    records
      .toReversed()
      .map((record) => [JSON.stringify([record.authority, record.signer, record.predicateType]), record]),
  );
  return [...seen.values()].toReversed().slice(0, MAX_SHOWN);
}

function provenanceOf(attested: readonly Attested[]): VerificationRecord['provenance'] {
  const found = attested.flatMap(({ content, signer }) =>
    content.facts.kind === 'Provenance' ? [originOf(content.facts, signer)] : [],
  );
  const best = found.find(({ origin }) => origin.commit !== undefined) ?? found[0];
  if (!best) return undefined;
  const facts = Object.entries(best.origin).map(([field, value]) => [field, cut(value)]);
  return {
    ...Object.fromEntries(facts),
    ...(best.conflicts.length > 0 && { conflicts: [...best.conflicts] }),
  };
}

/** Of the newest scan; one without a time is older than any. */
function vulnerabilitiesOf(attested: readonly Attested[]): VerificationRecord['vulnerabilities'] {
  const scans = attested.flatMap(({ content }) => (content.facts.kind === 'Scan' ? [content.facts] : []));
  const [newest] = scans.toSorted((a, b) => timeOf(b) - timeOf(a));
  if (!newest) return undefined;
  const counts = SEVERITIES.map((severity) => [
    severity,
    new Set(
      newest.findings
        .filter((one) => one.severity === severity)
        .map(({ id, component }) => `${id} ${component}`),
    ).size,
  ]);
  return {
    ...Object.fromEntries(counts),
    ...(newest.finishedAt !== undefined && { scannedAt: newest.finishedAt }),
    ...(newest.scanner !== undefined && { scanner: cut(newest.scanner) }),
  };
}

const timeOf = ({ finishedAt }: ScanFacts): number => (finishedAt === undefined ? 0 : Date.parse(finishedAt));

function sbomOf(attested: readonly Attested[]): VerificationRecord['sbom'] {
  for (const { content, manifestDigest } of attested) {
    if (content.facts.kind === 'Sbom') return { ...sbomRecord(content.facts), manifestDigest };
  }
  return undefined;
}

const sbomRecord = ({ format, components, identified }: SbomFacts) => ({
  format,
  components,
  identifiedPercent: components === 0 ? 0 : Math.floor((100 * identified) / components),
});
