import type { Identity } from '../../api/authority-spec.ts';
import type { Signer } from '../../domain/verification/evidence.ts';
import { compile, matchesWhole } from './expression.ts';

type Certified = Extract<Signer, { kind: 'Identity' }>;

export type IdentityMatcher = (signer: Certified) => boolean;

/** Throws for an expression that is none. */
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
  compile(expression);
  return (text) => matchesWhole(expression, text);
}
