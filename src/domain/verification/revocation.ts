import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { Digest } from '../../api/scalars.ts';
import type { Evidence, Signer } from './evidence.ts';
import { originOf } from './provenance-gate.ts';

type Spec = ArtifactRevocation['spec'];
type RevokedIdentity = NonNullable<Spec['identities']>[number];

/** What is known of a digest that runs or wants to. */
export interface Suspect {
  /** Of the artifact, and of the platforms of its index where they are known. */
  readonly digests: readonly Digest[];
  readonly evidence: readonly Evidence[];
}

/** Matches expressions as a whole; given, because the domain has no engine for RE2. */
export type MatchesExpression = (expression: string, text: string) => boolean;

/**
 * Why the revocation is about this digest; undefined when it is not. What was signed with a revoked key or identity
 * is spared only by a trusted time outside the window: without one nothing is known about when it was signed.
 */
export function revokedBecause(
  { digests, evidence }: Suspect,
  spec: Spec,
  matches: MatchesExpression,
): string | undefined {
  const digest = digests.find((one) => spec.digests?.includes(one));
  if (digest !== undefined) return `the digest ${digest} is revoked`;
  for (const one of evidence) {
    if (!isInWindow(one.signedAt, spec)) continue;
    const cause = revokedSigner(one.signer, spec, matches) ?? revokedOrigin(one, spec);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

function isInWindow(signedAt: string | undefined, { signedAfter, signedBefore }: Spec): boolean {
  if (signedAt === undefined) return true;
  const time = Date.parse(signedAt);
  return (
    (signedAfter === undefined || time >= Date.parse(signedAfter)) &&
    (signedBefore === undefined || time < Date.parse(signedBefore))
  );
}

function revokedSigner(
  signer: Signer,
  { keys = [], identities = [] }: Spec,
  matches: MatchesExpression,
): string | undefined {
  if (signer.kind === 'Key') {
    return keys.includes(signer.fingerprint) ? `its signing key ${signer.fingerprint} is revoked` : undefined;
  }
  return identities.some((identity) => isIdentity(identity, signer, matches))
    ? `its signer ${signer.subject} (${signer.issuer}) is revoked`
    : undefined;
}

function isIdentity(
  { issuer, subject, subjectRegExp, claims = {} }: RevokedIdentity,
  signer: Extract<Signer, { kind: 'Identity' }>,
  matches: MatchesExpression,
): boolean {
  return (
    signer.issuer === issuer &&
    (subject === undefined || signer.subject === subject) &&
    (subjectRegExp === undefined || matches(subjectRegExp, signer.subject)) &&
    Object.entries(claims).every(([name, value]) => signer.claims[name] === value)
  );
}

/** Both what the builder wrote and what the certificate claims: a lie about one must not save it. */
function revokedOrigin(
  { content, signer }: Evidence,
  { builders = [], commits = [] }: Spec,
): string | undefined {
  const facts =
    content.kind === 'Attestation' && content.facts.kind === 'Provenance' ? content.facts : undefined;
  const { origin } = originOf(facts ?? { kind: 'Provenance' }, signer);
  const builder = [origin.builder, facts?.builder].find((one) => one !== undefined && builders.includes(one));
  if (builder !== undefined) return `its builder ${builder} is revoked`;
  const commit = [origin.commit, facts?.commit].find((one) => one !== undefined && commits.includes(one));
  return commit === undefined ? undefined : `its source commit ${commit} is revoked`;
}
