import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { ProtectionMode } from '../api/protection-spec.ts';
import type { Digest } from '../api/scalars.ts';
import type { Clock } from '../controller/clock.ts';
import { claimsOf, type Demand, demandsOf, modeOf } from '../domain/protection/claims.ts';
import { canonicalRepository, parseRepository } from '../domain/repository-name.ts';
import type { StoredRelease } from '../ports/cluster.ts';
import type { RegistryTerms } from '../ports/registry-configuration.ts';

export interface ClaimBookParts {
  /** Releases of one repository, by its canonical name, also those that are not understood. */
  readonly releasesOf: (repository: string) => readonly StoredRelease[];
  /** Every repository that a release names. */
  readonly repositories: () => readonly string[];
  /** Releases of which not even the repository is understood. */
  readonly unplaced: () => readonly StoredRelease[];
  readonly termsOf: (registry: string) => RegistryTerms;
  readonly clock: Clock;
}

/** What releases want of repositories at this moment. */
export class ClaimBook {
  readonly #parts: ClaimBookParts;

  constructor(parts: ClaimBookParts) {
    this.#parts = parts;
  }

  demands(repository: string): ReadonlyMap<Digest, Demand> {
    const now = this.#parts.clock.now();
    const claims = this.#parts
      .releasesOf(repository)
      .flatMap((stored) => (stored.valid ? claimsOf(stored.release, this.modeOf(stored.release), now) : []));
    return demandsOf(claims);
  }

  /** A release that may need anything of this repository, and does not say what; in words. */
  misunderstood(repository: string): string | undefined {
    const all = [...this.#parts.releasesOf(repository), ...this.#parts.unplaced()];
    const strange = all.find(({ valid }) => !valid)?.identity;
    return strange && `ArtifactRelease ${strange.namespace}/${strange.name} is not understood`;
  }

  modeOf(release: ArtifactRelease): ProtectionMode {
    const { registry } = parseRepository(release.spec.artifact.repository);
    const { problem, protection } = this.#parts.termsOf(registry);
    // What cannot be read may ask for tags, and a canary must not begin without them.
    return modeOf(release, problem === undefined ? protection.mode : 'Tags');
  }

  /** Repositories of which a release wants something else than before. */
  concerned(before: StoredRelease | undefined, after: StoredRelease | undefined): readonly string[] {
    const [old, current] = [this.#claimed(before), this.#claimed(after)];
    if (old.wants === current.wants) return [];
    return [...new Set([old.repository, current.repository])].flatMap((repository) => repository ?? []);
  }

  #claimed(stored: StoredRelease | undefined): { readonly repository?: string; readonly wants: string } {
    if (stored === undefined || !stored.valid) return { wants: '' };
    const { release } = stored;
    const claims = claimsOf(release, this.modeOf(release), this.#parts.clock.now());
    const wants = claims.map(({ kept, ...claim }) => ({ ...claim, digest: kept.digest }));
    return {
      repository: canonicalRepository(release.spec.artifact.repository),
      wants: JSON.stringify(wants.toSorted((one, other) => (one.digest < other.digest ? -1 : 1))),
    };
  }
}
