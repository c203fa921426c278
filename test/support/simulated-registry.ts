import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { ProtectionCheck } from '../../src/domain/observation.ts';
import { keptDigests } from '../../src/domain/protection/kept-digests.ts';
import type { ProtectionAnswer } from '../../src/ports/artifact-protector.ts';
import { type ProtectionAnswer as Answer, protections } from './protections.ts';

/** Time after which a keep tag is read back. */
const CONFIRM_MS = 10_000;
/** Time that it takes to store that tags are to stay. */
const RECORD_MS = 1_000;

const NOT_CONFIGURED: ProtectionCheck = {
  state: 'Satisfied',
  reason: 'NotConfigured',
  message: 'nothing is asked',
};

/** A registry and who protects what is in it. It outlives every process of the operator, as its records do. */
export class SimulatedRegistry {
  /** What happened to a digest, in place of what would be. */
  readonly #fates = new Map<Digest, Answer>();
  readonly #heldAt = new Map<Digest, number>();
  #orphanedAt: number | undefined;

  happen(digest: Digest, fate: Answer): void {
    if (fate === 'Protected') this.#fates.delete(digest);
    else this.#fates.set(digest, fate);
  }

  heal(): void {
    this.#fates.clear();
  }

  answer(release: ArtifactRelease, now: number): ProtectionAnswer {
    const { mode = 'None', deletionPolicy } = release.spec.protection;
    const deleting = release.metadata.deletionTimestamp !== undefined;
    if (deleting && deletionPolicy === 'Orphan') this.#orphanedAt ??= now + RECORD_MS;
    const digests = keptDigests(release, new Date(now)).map(({ digest }) => digest);
    if (mode === 'Tags') for (const digest of digests) this.#hold(digest, now);
    const check = (digest: Digest): ProtectionCheck => {
      if (mode === 'None') return NOT_CONFIGURED;
      return mode === 'Report' ? protections.ReportOnly : this.#check(digest, now);
    };
    return {
      digests: new Map(digests.map((digest) => [digest, check(digest)])),
      state: {
        mode,
        archived: [],
        problems: [],
        orphaned: (this.#orphanedAt ?? Number.POSITIVE_INFINITY) <= now,
      },
    };
  }

  /** When an answer changes by itself; then it wakes the release. */
  nextAnswerAt(now: number): number | undefined {
    const times = [...this.#heldAt.values()].map((at) => at + CONFIRM_MS);
    const due = [...times, this.#orphanedAt ?? 0].filter((at) => at > now);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  #hold(digest: Digest, now: number): void {
    if (!this.#heldAt.has(digest)) this.#heldAt.set(digest, now);
  }

  #check(digest: Digest, now: number): ProtectionCheck {
    const fate = this.#fates.get(digest);
    if (fate) return protections[fate];
    const held = this.#heldAt.get(digest) ?? now;
    return held + CONFIRM_MS <= now ? protections.Protected : protections.Pending;
  }
}
