import type { Doubtful } from '../../domain/verification/case-file.ts';
import type { AuthorityId, Evidence, Rejected } from '../../domain/verification/evidence.ts';
import { nearestMiss } from '../../domain/verification/nearest-miss.ts';
import type { ArtifactContents } from '../../ports/artifact-contents.ts';
import type { CollectedEvidence } from '../../ports/evidence-collector.ts';
import { readItems } from './attached-items.ts';
import {
  CertificateVerifier,
  type PreparedAuthority,
  type Proof,
  prepare,
  type ResolvedAuthority,
} from './authority.ts';
import type { SignedItem } from './signed-item.ts';
import { claimsOf, contentOf } from './statement.ts';
import { toFailure, type VerificationFailure } from './verification-failure.ts';

/**
 * Everything attached to a digest that one of these authorities stands for. Takes processor time and nothing else:
 * about 0.3 ms for a key and 10 ms for a certificate, and what it takes to parse the largest of them.
 */
export function collectEvidence(
  contents: ArtifactContents,
  authorities: readonly ResolvedAuthority[],
): CollectedEvidence {
  const { prepared, unavailable } = prepareAll(authorities);
  const { items, rejected } = readItems(contents);
  const evidence: Evidence[] = [];
  const unproven: Rejected[] = [...rejected];
  for (const item of items) {
    const { proven, failures } = proveItem(item, contents, prepared);
    evidence.push(...proven);
    if (proven.length === 0 && failures.length > 0) unproven.push(rejection(item, failures));
  }
  return { evidence, rejected: unproven, unavailable };
}

function prepareAll(authorities: readonly ResolvedAuthority[]) {
  const certificates = new CertificateVerifier();
  const unavailable = new Map<AuthorityId, Doubtful>();
  const prepared: PreparedAuthority[] = [];
  for (const authority of authorities) {
    try {
      prepared.push(prepare(authority, certificates));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      unavailable.set(authority.id, {
        reason: 'AuthorityInvalid',
        message: `the authority ${authority.id} is not understood: ${text}`,
      });
    }
  }
  return { prepared, unavailable };
}

function proveItem(
  item: SignedItem,
  { subject }: ArtifactContents,
  authorities: readonly PreparedAuthority[],
) {
  const { manifestDigest, format } = item;
  const proofs: (Proof & { readonly authority: AuthorityId })[] = [];
  const failures: VerificationFailure[] = [];
  for (const { id, prove } of authorities) {
    try {
      proofs.push({ authority: id, ...prove(item) });
    } catch (error) {
      failures.push(toFailure(error));
    }
  }
  // Read after it is proven that somebody who is trusted wrote it, and once: it may be large.
  try {
    const content = proofs.length > 0 ? contentOf(item, subject) : undefined;
    const proven = content
      ? proofs.map((proof): Evidence => ({ ...proof, manifestDigest, format, content }))
      : [];
    return { proven, failures };
  } catch (error) {
    return { proven: [], failures: [toFailure(error)] };
  }
}

function rejection(item: SignedItem, failures: readonly VerificationFailure[]): Rejected {
  const { reason, message } = nearestMiss(failures) ?? failures[0] ?? toFailure('nothing failed');
  const claims = claimsOf(item);
  return { manifestDigest: item.manifestDigest, reason, message, ...(claims !== undefined && { claims }) };
}
