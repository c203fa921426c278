import {
  type SignedEntity,
  type TrustMaterial,
  toSignedEntity,
  Verifier,
  type VerifierOptions,
} from '@sigstore/verify';
import type { Identity } from '../../api/authority-spec.ts';
import type { AuthorityId, Signer } from '../../domain/verification/evidence.ts';
import { identityOf, requireCodeSigning } from './certificate-identity.ts';
import { type IdentityMatcher, identityMatcher } from './identity-matcher.ts';
import { type PublicKey, readPublicKeys } from './public-keys.ts';
import { type HashAlgorithm, isSignedBy } from './signature-check.ts';
import type { SignedItem } from './signed-item.ts';
import { hasTimestamp, signedTime } from './signed-time.ts';
import { readTrustedRoot } from './trusted-root.ts';
import { VerificationFailure } from './verification-failure.ts';

/** An authority of a policy with its key or trusted root at hand; data, so that a thread can be given it. */
export interface ResolvedAuthority {
  readonly id: AuthorityId;
  /** Whether a log entry, and a stamp of a timestamp authority, must be there. */
  readonly logRequired: boolean;
  readonly timestampRequired: boolean;
  readonly trust:
    | {
        readonly kind: 'Key';
        /** One or more PUBLIC KEY blocks. */
        readonly pem: string;
        readonly hashAlgorithm?: HashAlgorithm;
        /** JSON of a trusted root; without one, log entries and timestamps are neither checked nor believed. */
        readonly trustedRoot?: string;
      }
    | {
        readonly kind: 'Keyless';
        readonly identities: readonly Identity[];
        readonly trustedRoot: string;
        readonly ignoreSct: boolean;
      };
}

export interface Proof {
  readonly signer: Signer;
  readonly signedAt?: string;
}

export interface PreparedAuthority {
  readonly id: AuthorityId;
  /** Throws for an item that this authority does not stand for. */
  prove(item: SignedItem): Proof;
}

/** Throws, in words for people, when the key, root or identities are not understood. */
export function prepare(authority: ResolvedAuthority, certificates: CertificateVerifier): PreparedAuthority {
  const { id, trust } = authority;
  if (trust.kind === 'Keyless') {
    const matches = identityMatcher(trust.identities);
    const material = readTrustedRoot(trust.trustedRoot);
    const options = { ctlogThreshold: trust.ignoreSct ? 0 : 1, tlogThreshold: authority.logRequired ? 1 : 0 };
    return {
      id,
      prove: (item) => {
        const certified = certificates.verify(item, material, options);
        requireStamp(authority, certified.entity);
        return proofOfIdentity(certified, matches);
      },
    };
  }
  const keys = readPublicKeys(trust.pem);
  if (trust.trustedRoot !== undefined) {
    const material = readTrustedRoot(trust.trustedRoot);
    return {
      id,
      prove: (item) => proveByLoggedKey(item, keyThatSigned(item, keys, trust), material, authority),
    };
  }
  if (authority.logRequired || authority.timestampRequired)
    throw new Error('a log entry or timestamp needs a trusted root');
  return { id, prove: (item) => ({ signer: keySigner(keyThatSigned(item, keys, trust)) }) };
}

const keySigner = ({ fingerprint }: PublicKey): Signer => ({ kind: 'Key', fingerprint });

function keyThatSigned(
  item: SignedItem,
  keys: readonly PublicKey[],
  { hashAlgorithm }: { readonly hashAlgorithm?: HashAlgorithm },
): PublicKey {
  const signer = keys.find(({ key }) => isSignedBy(item, key, hashAlgorithm));
  if (signer) return signer;
  throw new VerificationFailure('SignatureInvalid', 'it is not signed by the key of an authority');
}

/** The signature itself is known to be good; what is left is that every log entry and stamp beside it is. */
function proveByLoggedKey(
  item: SignedItem,
  signer: PublicKey,
  material: TrustMaterial,
  authority: ResolvedAuthority,
): Proof {
  const always = { publicKey: signer.key, validFor: () => true };
  const entity: SignedEntity = {
    ...entityOf(item),
    key: { $case: 'public-key', hint: '' },
  };
  const options = { tlogThreshold: authority.logRequired ? 1 : 0, timestampThreshold: 0 };
  new Verifier({ ...material, publicKey: () => always }, options).verify(entity);
  requireStamp(authority, entity);
  return withTime(keySigner(signer), entity);
}

export interface Certified {
  readonly signer: Extract<Signer, { kind: 'Identity' }>;
  readonly entity: SignedEntity;
}

/**
 * Checks certificates once per item, however many authorities trust the same root: it takes milliseconds, and a
 * comparison of identities takes microseconds.
 */
export class CertificateVerifier {
  readonly #done = new WeakMap<SignedItem, Map<string, { certified: Certified } | { error: unknown }>>();
  readonly #materials = new Map<TrustMaterial, number>();

  verify(item: SignedItem, material: TrustMaterial, options: VerifierOptions): Certified {
    const number = this.#materials.get(material) ?? this.#materials.size;
    this.#materials.set(material, number);
    const key = `${number} ${options.ctlogThreshold} ${options.tlogThreshold}`;
    const results = this.#done.get(item) ?? new Map();
    this.#done.set(item, results);
    const before = results.get(key) ?? attempt(() => verifyCertified(item, material, options));
    results.set(key, before);
    if ('error' in before) throw before.error;
    return before.certified;
  }
}

function attempt(verify: () => Certified): { certified: Certified } | { error: unknown } {
  try {
    return { certified: verify() };
  } catch (error) {
    return { error };
  }
}

function verifyCertified(item: SignedItem, material: TrustMaterial, options: VerifierOptions): Certified {
  const { content } = item.bundle.verificationMaterial;
  const leaf =
    content.$case === 'certificate'
      ? content.certificate
      : content.$case === 'x509CertificateChain'
        ? content.x509CertificateChain.certificates[0]
        : undefined;
  if (!leaf) throw new VerificationFailure('SignatureInvalid', 'it is signed by a key, not by a certificate');
  requireCodeSigning(leaf.rawBytes);
  const entity = entityOf(item);
  // Without any signed time the library takes the certificate for unverified, and throws what it did not mean to.
  const verified = new Verifier(material, { ...options, timestampThreshold: 1 }).verify(entity);
  return { signer: identityOf(verified), entity };
}

function proofOfIdentity({ signer, entity }: Certified, matches: IdentityMatcher): Proof {
  if (!matches(signer)) {
    throw new VerificationFailure('IdentityMismatch', `it is signed by ${signer.subject} (${signer.issuer})`);
  }
  return withTime(signer, entity);
}

/** The library's view of an item, with the hash that fits the key. */
function entityOf(item: SignedItem): SignedEntity {
  const entity = toSignedEntity(item.bundle, item.message);
  entity.signature.verifySignature = (key) => isSignedBy(item, key);
  return entity;
}

function requireStamp({ timestampRequired }: ResolvedAuthority, entity: SignedEntity): void {
  if (!timestampRequired || hasTimestamp(entity)) return;
  throw new VerificationFailure(
    'TimestampInvalid',
    'it has no stamp of a timestamp authority, and one is required',
  );
}

function withTime(signer: Signer, entity: SignedEntity): Proof {
  const signedAt = signedTime(entity);
  return { signer, ...(signedAt !== undefined && { signedAt }) };
}
