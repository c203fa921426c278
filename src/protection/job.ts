import type { RegistryProtection, ReleaseStrategy } from '../api/protection-spec.ts';
import type { Demand } from '../domain/protection/claims.ts';
import type { Owner } from '../domain/protection/keep-tag.ts';
import type { RecordedAccess } from '../domain/protection/record.ts';
import type { ProtectionObserver } from '../ports/protection-observer.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import type { Holder } from './holder.ts';

/** Tags of a repository, whoever made them. */
export const MAX_TAGS = 50_000;

/** What one pass over a repository works with. */
export interface PassParts {
  readonly owner: Owner;
  readonly previousOwners: readonly Owner[];
  readonly settings: RegistryProtection;
  readonly strategies: readonly ReleaseStrategy[];
  readonly open: (repository: string, access: RecordedAccess) => RepositoryWriter;
  /** Repositories that may have the same content. */
  readonly sources: readonly string[];
  readonly now: () => Date;
  readonly observer: ProtectionObserver;
  /** Told of what people may have to act upon. */
  readonly warn: (message: string, error?: unknown) => void;
}

/** One digest with the hands to work on it. */
export interface Job {
  readonly demand: Demand;
  readonly writer: RepositoryWriter;
  readonly others: readonly RepositoryWriter[];
  readonly holder: Holder;
}
