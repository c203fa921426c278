import { X509Certificate } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';
import type { Signer as VerifiedSigner } from '@sigstore/verify';
import type { Signer } from '../../domain/verification/evidence.ts';
import { VerificationFailure } from './verification-failure.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';
const ISSUER = `${FULCIO}.8`;
/** Bare text rather than DER. */
const ISSUER_V1 = `${FULCIO}.1`;

/** https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md, in the words of its claims. */
const CLAIMS: Readonly<Record<string, string>> = {
  [`${FULCIO}.9`]: 'buildSignerURI',
  [`${FULCIO}.10`]: 'buildSignerDigest',
  [`${FULCIO}.11`]: 'runnerEnvironment',
  [`${FULCIO}.12`]: 'sourceRepositoryURI',
  [`${FULCIO}.13`]: 'sourceRepositoryDigest',
  [`${FULCIO}.14`]: 'sourceRepositoryRef',
  [`${FULCIO}.15`]: 'sourceRepositoryIdentifier',
  [`${FULCIO}.16`]: 'sourceRepositoryOwnerURI',
  [`${FULCIO}.17`]: 'sourceRepositoryOwnerIdentifier',
  [`${FULCIO}.18`]: 'buildConfigURI',
  [`${FULCIO}.19`]: 'buildConfigDigest',
  [`${FULCIO}.20`]: 'buildTrigger',
  [`${FULCIO}.21`]: 'runInvocationURI',
  [`${FULCIO}.22`]: 'sourceRepositoryVisibilityAtSigning',
};

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/** The signer that a verified certificate names. */
export function identityOf({ identity }: VerifiedSigner): Extract<Signer, { kind: 'Identity' }> {
  const extensions = new Map(
    (identity?.oids ?? []).map(({ oid, value }) => [oid?.id.join('.') ?? '', Buffer.from(value)]),
  );
  const issuer = extensions.get(ISSUER);
  const claims: Record<string, string> = {};
  for (const [oid, name] of Object.entries(CLAIMS)) {
    const value = extensions.get(oid);
    if (value) claims[name] = derText(value);
  }
  return {
    kind: 'Identity',
    issuer: issuer ? derText(issuer) : (extensions.get(ISSUER_V1)?.toString() ?? ''),
    subject: identity?.subjectAlternativeName ?? '',
    claims,
  };
}

const derText = (der: Buffer<ArrayBuffer>): string => ASN1Obj.parseBuffer(der).value.toString();

/** The library takes any certificate of a trusted authority, e.g. one that was issued for TLS. */
export function requireCodeSigning(der: Uint8Array): void {
  if (new X509Certificate(der).keyUsage?.includes(CODE_SIGNING)) return;
  throw new VerificationFailure('CertificateUntrusted', 'its certificate was not issued for signing code');
}
