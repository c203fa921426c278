import { type KeyObject, verify } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { SignedItem } from './signed-item.ts';
import { VerificationFailure } from './verification-failure.ts';

export type HashAlgorithm = 'sha256' | 'sha384' | 'sha512';

const HASH_OF_CURVE: Readonly<Record<string, HashAlgorithm>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

const MIN_RSA_BITS = 2048;

/** The bytes that the signature is over. */
export function signedBytes({ bundle, message }: SignedItem): Buffer {
  if (bundle.content.$case === 'dsseEnvelope') {
    const { payloadType, payload } = bundle.content.dsseEnvelope;
    return dsse.preAuthEncoding(payloadType, payload);
  }
  if (message) return message;
  throw new VerificationFailure(
    'UnsupportedFormat',
    'a bundle with a signature over bytes that it does not hold',
  );
}

export function signatureOf({ bundle }: SignedItem): Buffer {
  const { content } = bundle;
  if (content.$case === 'messageSignature') return content.messageSignature.signature;
  return content.dsseEnvelope.signatures[0]?.sig ?? Buffer.alloc(0);
}

/**
 * The library hashes with SHA-256 whatever the key. cosign takes the hash that fits the curve, and older versions of
 * it SHA-256; so both are tried unless the authority names one.
 */
export function isSignedBy(item: SignedItem, key: KeyObject, hash?: HashAlgorithm): boolean {
  const signature = signatureOf(item);
  const bytes = signedBytes(item);
  // cosign signs messages with Ed25519ph, which Node does not have.
  if (key.asymmetricKeyType === 'ed25519' && item.message) {
    throw new VerificationFailure('UnsupportedKey', 'a signature over a message by an Ed25519 key');
  }
  return hashesFor(key, hash).some((one) => verify(one, bytes, key, signature));
}

/** Throws for a key whose signatures cannot be checked; `null` is the hash of an algorithm that has its own. */
export function hashesFor(key: KeyObject, hash?: HashAlgorithm): readonly (HashAlgorithm | null)[] {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const fitting = HASH_OF_CURVE[namedCurve];
      if (!fitting) throw new VerificationFailure('UnsupportedKey', `a key on the curve ${namedCurve}`);
      return [...new Set<HashAlgorithm>(hash ? [hash] : [fitting, 'sha256'])];
    }
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS) {
        throw new VerificationFailure('UnsupportedKey', `an RSA key of ${modulusLength} bits`);
      }
      return [hash ?? 'sha256'];
    case 'ed25519':
      return [null];
    default:
      throw new VerificationFailure('UnsupportedKey', `a key of type ${key.asymmetricKeyType}`);
  }
}
