import type { Attestation } from '../../api/attestation-spec.ts';
import type { Requirements } from '../../api/verification-spec.ts';
import type { CaseFile } from './case-file.ts';
import { type Attested, authorityId, isAttestation } from './evidence.ts';
import type { VexFacts } from './predicate-facts.ts';
import { isOfType } from './predicate-type.ts';
import { judgeProvenance } from './provenance-gate.ts';
import { type Finding, refused, satisfied } from './requirement.ts';
import { judgeSbom } from './sbom-gate.ts';
import { doubtAbout, lackOf } from './signature-requirement.ts';
import { judgeScan } from './vulnerability-gate.ts';

const NONE = refused('AttestationMissing', 'there is no such attestation');

/** An attestation of the type, by an authority that may give it, exists and passes its gate. */
export function judgeAttestation(
  policy: string,
  asked: Attestation,
  spec: Requirements,
  file: CaseFile,
  now: Date,
): Finding {
  const names = asked.authorities ?? spec.authorities.map(({ name }) => name);
  const found = attestedBy(policy, names, spec, file).filter(({ content }) =>
    asked.predicateTypes.some((type) => isOfType(content.predicateType, type)),
  );
  if (found.length === 0) {
    const lacking = `no attestation of type ${asked.predicateTypes.join(' or ')} by ${names.join(' or ')}`;
    return lackOf('Attestation', policy, names, lacking, file);
  }
  const select = asked.select ?? (asked.vulnerabilities ? 'Latest' : 'Any');
  const chosen = select === 'Latest' ? latest(found) : found;
  const vex = trustedVex(policy, asked, spec, file);
  const findings = chosen.map((one) => judgeOne(one, asked, vex, file, now));
  const good = findings.find(({ state }) => state === 'Satisfied');
  const bad = findings.find(({ state }) => state !== 'Satisfied');
  // One that was not seen may be the good one, the newer one, or the one that fails.
  const doubt = doubtAbout(policy, names, file);
  if (select === 'Any') return good ?? doubt ?? bad ?? NONE;
  if (select === 'All' && bad) return bad;
  return doubt ?? bad ?? good ?? NONE;
}

function attestedBy(
  policy: string,
  names: readonly string[],
  spec: Requirements,
  file: CaseFile,
): readonly Attested[] {
  const ids = new Set(names.map((name) => authorityId(policy, name)));
  return file.evidence
    .filter(isAttestation)
    .filter(({ authority }) => ids.has(authority))
    .filter(({ format }) => spec.signatureFormat === 'auto' || format === spec.signatureFormat);
}

/** The newest by a time that was signed, and all that have none: they cannot be told to be older. */
function latest(found: readonly Attested[]): readonly Attested[] {
  const newest = Math.max(...found.map(timeOf).filter((time) => time !== undefined));
  return found.filter((one) => (timeOf(one) ?? newest) >= newest);
}

function timeOf({ content, signedAt }: Attested): number | undefined {
  const text = content.facts.kind === 'Scan' ? content.facts.finishedAt : signedAt;
  return text === undefined ? undefined : Date.parse(text);
}

function judgeOne(
  { content, signer, signedAt }: Attested,
  asked: Attestation,
  vex: readonly VexFacts[],
  { subject }: CaseFile,
  now: Date,
): Finding {
  const { facts } = content;
  if (facts.kind === 'Unreadable') {
    return refused(
      'UnsupportedFormat',
      `the ${content.predicateType} attestation is not understood: ${facts.problem}`,
    );
  }
  const { provenance, sbom, vulnerabilities } = asked;
  if (provenance && facts.kind === 'Provenance') return judgeProvenance(facts, signer, provenance);
  if (sbom && facts.kind === 'Sbom') return judgeSbom(facts, sbom);
  if (vulnerabilities && facts.kind === 'Scan') {
    const scan = { facts, subject, vex, ...(signedAt !== undefined && { signedAt }) };
    return judgeScan(scan, vulnerabilities, now);
  }
  if (provenance || sbom || vulnerabilities) {
    return refused(
      'UnsupportedFormat',
      `an attestation of type ${content.predicateType} cannot be judged by this gate`,
    );
  }
  return satisfied(`an attestation of type ${content.predicateType} exists`);
}

function trustedVex(
  policy: string,
  { vulnerabilities }: Attestation,
  spec: Requirements,
  file: CaseFile,
): readonly VexFacts[] {
  return attestedBy(policy, vulnerabilities?.vexAuthorities ?? [], spec, file).flatMap(({ content }) =>
    content.facts.kind === 'Vex' ? [content.facts] : [],
  );
}
