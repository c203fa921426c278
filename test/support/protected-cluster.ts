// A cluster as protection sees it: releases that come and go, and the operator that keeps what they need.

import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { HistoryEntry } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { WritableRegistry } from '../../src/ports/registry-writer.ts';
import type { FakeClock } from './fake-clock.ts';
import { aCandidate, anEntry, aRelease } from './releases.ts';
import { TestOperator } from './test-operator.ts';

/** Earlier digests that each release can return to. */
export const ROLLBACK_CANDIDATES = 2;

export interface ClusterOptions {
  readonly owner: string;
  readonly registry: WritableRegistry;
  readonly clock: FakeClock;
  readonly repository: string;
  /** Of every release; Tags unless said otherwise. */
  readonly mode?: 'Tags' | 'Report' | 'None';
}

/** What a release has been through; the newest of `ended` first. */
export interface Course {
  readonly stable?: Digest | undefined;
  readonly candidate?: Digest | undefined;
  readonly ended: readonly { readonly digest: Digest; readonly verdict: 'Promoted' | 'RolledBack' }[];
}

export class ProtectedCluster {
  readonly operator: TestOperator;
  readonly courses = new Map<string, Course>();
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.operator = new TestOperator({ ...options, releases: () => this.releases() });
  }

  /** The release tries another digest. Without a stable one it is adopted. */
  ship(name: string, digest: Digest): void {
    const before = this.courses.get(name);
    if (before?.stable === undefined) this.#set(name, { stable: digest, ended: [promoted(digest)] });
    else this.#set(name, { ...before, candidate: digest });
  }

  promote(name: string): void {
    const { candidate, ended = [] } = this.courses.get(name) ?? {};
    if (candidate) this.#set(name, { stable: candidate, ended: [promoted(candidate), ...ended] });
  }

  rollBack(name: string): void {
    const { candidate, stable, ended = [] } = this.courses.get(name) ?? {};
    if (candidate)
      this.#set(name, { stable, ended: [{ digest: candidate, verdict: 'RolledBack' }, ...ended] });
  }

  delete(name: string): void {
    this.courses.delete(name);
  }

  /** Every digest that a release of it may have to run. Told from its course alone, so that protection can be wrong. */
  needs(): ReadonlySet<Digest> {
    return new Set([...this.courses.values()].flatMap(needsOf));
  }

  async reconcile(): Promise<void> {
    await this.operator.reconcile(this.#options.repository);
  }

  releases(): readonly ArtifactRelease[] {
    return [...this.courses].map(([name, course]) => this.#release(name, course));
  }

  #set(name: string, course: Course): void {
    this.courses.set(name, course);
  }

  #release(name: string, { stable, candidate, ended }: Course): ArtifactRelease {
    const { clock, mode = 'Tags', repository } = this.#options;
    const history = ended.map(
      ({ digest, verdict }): HistoryEntry =>
        anEntry({ digest, verdict, finishedAt: clock.now().toISOString() }),
    );
    return aRelease({
      metadata: { name },
      spec: {
        artifact: { repository, digest: candidate ?? stable ?? ended[0]?.digest },
        protection: { mode, rollbackCandidates: ROLLBACK_CANDIDATES, releaseGracePeriod: '1m' },
      },
      status: {
        ...(stable !== undefined && { stable: { digest: stable } }),
        ...(candidate !== undefined && { candidate: aCandidate({ digest: candidate }) }),
        pins: [],
        history,
      },
    });
  }
}

const promoted = (digest: Digest) => ({ digest, verdict: 'Promoted' as const });

function needsOf({ stable, candidate, ended }: Course): readonly Digest[] {
  const newest = [...new Set(ended.map(({ digest }) => digest))].filter(
    (digest) => ended.find((one) => one.digest === digest)?.verdict === 'Promoted',
  );
  const earlier = newest.filter((digest) => digest !== stable && digest !== candidate);
  return [stable, candidate, ...earlier.slice(0, ROLLBACK_CANDIDATES)].filter(
    (digest) => digest !== undefined,
  );
}
