import type { Digest } from '../api/scalars.ts';
import { usesOf } from '../domain/digest-uses.ts';
import { asksForEvidence } from '../domain/verification/revoked-digests.ts';
import type { VerificationQuestion } from '../ports/artifact-verifier.ts';
import type { StoredRelease } from '../ports/cluster.ts';
import type { KnownEvidence } from '../ports/known-evidence.ts';
import type { PolicyReader } from '../ports/policies.ts';
import { verificationQuestion } from './observe.ts';

export interface EvidenceSurveyParts {
  readonly policies: Pick<PolicyReader, 'revocations'>;
  /** Releases that a digest is in use at. */
  readonly releasesAt: (digest: Digest) => readonly StoredRelease[];
  readonly evidence: KnownEvidence;
  /** Makes a pass over the digest due. */
  readonly enqueue: (digest: Digest) => void;
  /** Hears that more is known than before. */
  readonly onLearned: () => void;
}

/** Nothing tells when a registry answers again, or when somebody asks for a proof. */
const ASK_AGAIN_MS = 60_000;
/** One release may ask for no proof, or lack a password, where another one does not. */
const MAX_ASKED = 4;

/**
 * One pass over one digest: sees to it that its evidence is known, as long as a revocation depends on that. After a
 * restart nothing is known but what releases ask about; who signed the others has to be read once more.
 */
export class EvidenceSurvey {
  readonly #parts: EvidenceSurveyParts;
  /** Asked for and not answered. */
  readonly #open = new Set<Digest>();

  constructor(parts: EvidenceSurveyParts) {
    this.#parts = parts;
  }

  /** However often it is asked for, a digest is read at its own pace. */
  ask(digests: readonly Digest[]): void {
    for (const digest of digests) {
      if (this.#open.has(digest)) continue;
      this.#open.add(digest);
      this.#parts.enqueue(digest);
    }
  }

  async reconcile(digest: Digest, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const result = await this.#read(digest, signal);
    if (result.requeueAfterMs === undefined) this.#open.delete(digest);
    return result;
  }

  async #read(digest: Digest, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const { policies, releasesAt, evidence, onLearned } = this.#parts;
    if (!policies.revocations().some((one) => one.valid && asksForEvidence(one.value.spec))) return {};
    const questions = releasesAt(digest).flatMap((stored) => questionAbout(digest, stored) ?? []);
    for (const question of questions.slice(0, MAX_ASKED)) {
      signal.throwIfAborted();
      const suspect = evidence.known(digest) ?? (await evidence.examine(question, signal));
      if (suspect === undefined) continue;
      onLearned();
      return {};
    }
    return questions.length > 0 ? { requeueAfterMs: ASK_AGAIN_MS } : {};
  }
}

/** Asked on behalf of a release that has it in use, from the repository that it has it from. */
export function questionAbout(digest: Digest, stored: StoredRelease): VerificationQuestion | undefined {
  if (!stored.valid) return undefined;
  const use = usesOf(stored.release).find((one) => one.digest === digest);
  return use && { ...verificationQuestion(stored.release, digest), repository: use.repository };
}
