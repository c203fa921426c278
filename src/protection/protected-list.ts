import type { KeptRole } from '../api/protection-status.ts';
import type { Demand } from '../domain/protection/claims.ts';
import type { ProtectedDigest } from '../ports/protected-digests.ts';
import type { RepositoryLedger } from './repository-ledger.ts';

/** What releases need of one repository, and what of it is not known. */
export interface ProtectedPart {
  readonly digests: readonly ProtectedDigest[];
  readonly missing: readonly string[];
}

/** A digest whose needs are not known is listed alone, and makes the list incomplete. */
export function protectedPart(
  repository: string,
  demands: Iterable<Demand>,
  ledger: RepositoryLedger | undefined,
): ProtectedPart {
  const digests: ProtectedDigest[] = [];
  const missing: string[] = [];
  for (const demand of demands) {
    const closure = ledger?.closureOf(demand.digest);
    const check = ledger?.check(demand);
    if (!closure) missing.push(`${repository}@${demand.digest}: ${check?.message ?? 'not asked yet'}`);
    digests.push({
      repository,
      digest: demand.digest,
      roles: rolesOf(demand),
      releases: [...new Set(demand.claims.map(({ release }) => release))].sort(),
      members: closure?.members.map(({ digest }) => digest) ?? [demand.digest],
      reason: check?.reason ?? 'ProtectionPending',
    });
  }
  return { digests, missing };
}

const rolesOf = ({ claims }: Demand): readonly KeptRole[] => [
  ...new Set(claims.map(({ kept }) => kept.role)),
];
