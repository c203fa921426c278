import { RE2JS } from 're2js';
import type { Identity } from '../../api/authority-spec.ts';
import type { Signer } from '../../domain/verification/evidence.ts';

type Certified = Extract<Signer, { kind: 'Identity' }>;

export type IdentityMatcher = (signer: Certified) => boolean;

/**
 * Expressions match the whole text, in RE2: cosign's and the library's are unanchored, so that `https://host/acme`
 * lets in `https://host/acme-evil`, and JavaScript's own can be made to run for minutes. Throws for an invalid one.
 */
export function identityMatcher(identities: readonly Identity[]): IdentityMatcher {
  const matchers = identities.map((identity): IdentityMatcher => {
    const issuer = textMatcher('issuer', identity.issuer, identity.issuerRegExp);
    const subject = textMatcher('subject', identity.subject, identity.subjectRegExp);
    const claims = Object.entries(identity.claims ?? {});
    return (signer) =>
      issuer(signer.issuer) &&
      subject(signer.subject) &&
      claims.every(([name, value]) => Object.hasOwn(signer.claims, name) && signer.claims[name] === value);
  });
  return (signer) => matchers.some((matches) => matches(signer));
}

function textMatcher(
  what: string,
  exact: string | undefined,
  expression: string | undefined,
): (text: string) => boolean {
  if ((exact === undefined || exact === '') === (expression === undefined || expression === '')) {
    throw new Error(`an identity needs either ${what} or ${what}RegExp`);
  }
  if (expression === undefined) return (text) => text === exact;
  const compiled = RE2JS.compile(expression);
  return (text) => compiled.matcher(text).matches();
}
