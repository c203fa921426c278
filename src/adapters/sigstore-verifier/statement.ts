import { z } from 'zod';
import type { Digest } from '../../api/scalars.ts';
import type { Rejected, SignedContent } from '../../domain/verification/evidence.ts';
import { readPredicate } from './predicates/predicate.ts';
import type { SignedItem } from './signed-item.ts';
import { VerificationFailure } from './verification-failure.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const STATEMENT_TYPES = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'] as const;

/** What cosign 3 writes for `cosign sign`: a statement that says nothing but the subject. */
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

const Statement = z.object({
  _type: z.enum(STATEMENT_TYPES),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string().min(1).max(256),
  predicate: z.unknown().optional(),
});

const SimpleSigning = z.object({
  critical: z.object({
    type: z.literal('cosign container image signature'),
    image: z.object({ 'docker-manifest-digest': z.string() }),
  }),
});

/**
 * What the signed bytes say about the digest. The library checks who signed bytes, never what they mean: the type of
 * the payload, of the statement and of the predicate, and the subject, are checked here and nowhere else.
 */
export function contentOf(item: SignedItem, subject: Digest): SignedContent {
  return item.message ? simpleSigningContent(item.message, subject) : statementContent(item, subject);
}

function statementContent({ bundle, format }: SignedItem, subject: Digest): SignedContent {
  if (bundle.content.$case !== 'dsseEnvelope') {
    throw new VerificationFailure('UnsupportedFormat', 'a bundle without a statement');
  }
  const { payloadType, payload } = bundle.content.dsseEnvelope;
  if (payloadType !== IN_TOTO) {
    throw new VerificationFailure('UnsupportedFormat', `a payload of type ${payloadType.slice(0, 80)}`);
  }
  const { predicateType, predicate, ...statement } = Statement.parse(JSON.parse(payload.toString()));
  const [algorithm = '', hex = ''] = subject.split(':');
  if (
    !statement.subject.some(({ digest }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === hex)
  ) {
    throw new VerificationFailure('DigestMismatch', 'its statement is about another digest');
  }
  if (predicateType !== SIGNATURE) {
    return { kind: 'Attestation', predicateType, facts: readPredicate(predicateType, predicate) };
  }
  // The old layout has signatures of its own; there, nothing ever wrote such a statement.
  if (format === 'legacy')
    throw new VerificationFailure('UnsupportedFormat', 'a signature among attestations');
  return { kind: 'Signature' };
}

function simpleSigningContent(message: Buffer, subject: Digest): SignedContent {
  const { critical } = SimpleSigning.parse(JSON.parse(message.toString()));
  if (critical.image['docker-manifest-digest'] !== subject) {
    throw new VerificationFailure('DigestMismatch', 'it signs another digest');
  }
  return { kind: 'Signature' };
}

const MAX_PEEK_BYTES = 1024 * 1024;

/** What an unproven item claims to be, to tell people which one came near; nothing else may depend on it. */
export function claimsOf({ bundle, message }: SignedItem): Rejected['claims'] {
  if (message) return 'Signature';
  if (bundle.content.$case !== 'dsseEnvelope') return undefined;
  const { payload } = bundle.content.dsseEnvelope;
  if (payload.length > MAX_PEEK_BYTES) return 'Attestation';
  try {
    return Object(JSON.parse(payload.toString())).predicateType === SIGNATURE ? 'Signature' : 'Attestation';
  } catch {
    return undefined;
  }
}
