import type { ArtifactPolicy } from '../api/artifact-policy.ts';
import type { ArtifactRevocation } from '../api/artifact-revocation.ts';
import type { Digest } from '../api/scalars.ts';
import type { Random } from '../controller/backoff.ts';
import type { Clock } from '../controller/clock.ts';
import type { Proof } from '../domain/observation.ts';
import { earliest, milliseconds } from '../domain/time.ts';
import type { CaseFile } from '../domain/verification/case-file.ts';
import type { NamedRequirements } from '../domain/verification/judge.ts';
import { requirementsOf } from '../domain/verification/policies.ts';
import { proofOf, revoke } from '../domain/verification/proof.ts';
import type { MatchesExpression, Suspect } from '../domain/verification/revocation.ts';
import { type SignalQuestion, signalsOf } from '../domain/verification/signals.ts';
import type { ArtifactVerifier, VerificationQuestion } from '../ports/artifact-verifier.ts';
import type { KnownEvidence } from '../ports/known-evidence.ts';
import type { PolicyReader, Understood } from '../ports/policies.ts';
import { type Reading, type ReadingParts, read } from './reading.ts';
import { type Lookup, ReadingCache, type ReadingObserver } from './reading-cache.ts';
import { hashOf, type ReadingQuestion, readingQuestion } from './reading-question.ts';

/** Readings at once: they wait for the network, and then for the one process that examines what is attached. */
const CONCURRENCY = 4;
/** How long a pass waits for a first reading that has begun, in ms: most are over by then. */
const PATIENCE_MS = 2_000;
/** A reading that takes longer is given up; in ms. */
const READING_TIMEOUT_MS = 120_000;
const DEFAULT_REVERIFY_INTERVAL = '1h';

export interface VerificationServiceParts extends ReadingParts {
  readonly policies: PolicyReader;
  /** Where the Secrets and ConfigMaps are that an ArtifactPolicy names. */
  readonly operatorNamespace: string;
  /** RE2, as a whole. */
  readonly matches: MatchesExpression;
  readonly clock: Clock;
  readonly random: Random;
  /** Called with `namespace/name` when the answer to a release may be another one. */
  readonly wake: (release: string) => void;
  readonly observer: ReadingObserver;
}

/**
 * Whether a digest is proven, from what was read in the background and what is demanded now. Policies, ages, promotions
 * and revocations are judged at every use; reading the registry and checking signatures is done once an interval.
 */
export class VerificationService implements ArtifactVerifier, KnownEvidence {
  readonly #parts: VerificationServiceParts;
  readonly #cache: ReadingCache;

  constructor(parts: VerificationServiceParts) {
    this.#parts = parts;
    const { clock, random, wake, observer } = parts;
    this.#cache = new ReadingCache({
      ...{ clock, random, wake, observer, concurrency: CONCURRENCY },
      read: (question, stopping) => {
        const signal = AbortSignal.any([stopping, AbortSignal.timeout(READING_TIMEOUT_MS)]);
        return read(parts, question, () => clock.now(), signal);
      },
    });
  }

  async verify(question: VerificationQuestion, signal: AbortSignal): Promise<Proof> {
    const demanded = this.#demanded(question);
    if ('state' in demanded) return demanded;
    const { requirements, revocations } = demanded;
    const proof = await this.#prove(question, requirements, signal);
    try {
      return revoke(proof, this.#suspect(question.digest), revocations, this.#parts.matches);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return unknown('PolicyInvalid', `an ArtifactRevocation has a subjectRegExp that is not RE2: ${detail}`);
    }
  }

  known(digest: Digest): Suspect | undefined {
    const found = this.#cache.readingsOf(digest);
    if (found.length === 0) return undefined;
    return {
      digests: [...new Set(found.flatMap(({ digests }) => digests))],
      evidence: found.flatMap(({ evidence }) => evidence),
    };
  }

  async examine(question: VerificationQuestion, signal: AbortSignal): Promise<Suspect | undefined> {
    const demanded = this.#demanded(question);
    if ('state' in demanded) return this.known(question.digest);
    const asked = this.#readingQuestion(question, demanded.requirements);
    if (asked) await this.#patiently(asked, question, READING_TIMEOUT_MS, signal);
    return this.known(question.digest);
  }

  stop(): void {
    this.#cache.stop();
  }

  /** Everything that is demanded and forbidden, or why that is not known: what is not understood may forbid anything. */
  #demanded({ namespace, repository, asked: own }: VerificationQuestion) {
    const { policies: reader } = this.#parts;
    const policies = understood(reader.policies(), 'ArtifactPolicy');
    const revocations = understood(reader.revocations(), 'ArtifactRevocation');
    if ('state' in policies) return policies;
    if ('state' in revocations) return revocations;
    const namespaceLabels = policies.values.length === 0 ? {} : reader.namespaceLabels(namespace);
    if (!namespaceLabels) {
      return unknown('NamespaceUnknown', `the labels of namespace ${namespace} are not known yet`);
    }
    return {
      requirements: requirementsOf({ repository, namespaceLabels, own }, policies.values),
      revocations: revocations.values,
    };
  }

  async #prove(
    question: VerificationQuestion,
    requirements: readonly NamedRequirements[],
    signal: AbortSignal,
  ): Promise<Proof> {
    if (requirements.length === 0) {
      return {
        state: 'Satisfied',
        reason: 'NotRequired',
        message: 'no ArtifactPolicy selects this release, and spec.verification is absent',
      };
    }
    const asked = this.#readingQuestion(question, requirements);
    if (!asked) return this.#judge(question, requirements, undefined);
    const lookup = await this.#patiently(asked, question, PATIENCE_MS, signal);
    switch (lookup.state) {
      case 'pending':
        return {
          ...unknown('VerificationPending', 'the registry is being asked for signatures and attestations'),
          pending: true,
        };
      case 'unknown': {
        const { doubt, until } = lookup;
        return { ...unknown(doubt.reason, doubt.message), ...(until && { until }) };
      }
      case 'known': {
        const proof = this.#judge(question, requirements, lookup.reading);
        const again = this.#cache.judged(asked, sufficed(proof), maxAgeOf(question));
        const until = earliest(proof.until, again);
        return { ...proof, ...(until && { until }) };
      }
    }
  }

  /** Waits for a first reading that has begun, so that a pass need not come again for it. */
  async #patiently(
    asked: ReadingQuestion,
    { namespace, release }: VerificationQuestion,
    patienceMs: number,
    signal: AbortSignal,
  ): Promise<Lookup> {
    const key = `${namespace}/${release}`;
    const first = this.#cache.lookup(asked, key);
    if (first.state !== 'pending' || !first.soon) return first;
    const over = new AbortController();
    const patience = this.#parts.clock
      .sleep(patienceMs, AbortSignal.any([signal, over.signal]))
      .catch(() => undefined);
    await Promise.race([first.soon, patience]);
    over.abort();
    return this.#cache.lookup(asked, key);
  }

  #judge(
    question: VerificationQuestion,
    requirements: readonly NamedRequirements[],
    reading: Reading | undefined,
  ): Proof {
    const { release, digest } = question;
    const { policies, clock } = this.#parts;
    const file: CaseFile = {
      subject: digest,
      evidence: [],
      rejected: [],
      unavailable: new Map(),
      ...reading,
    };
    return proofOf(
      {
        ...{ release, file, requirements },
        signals: reading ? signalsOf(this.#signalQuestion(question, reading)) : [],
        statusOf: (namespace, name) => policies.releaseStatus(namespace, name),
        policyHash: hashOf([requirements, reading?.materialHash]),
        ...(reading && { readAt: reading.readAt.toISOString() }),
      },
      clock.now(),
    );
  }

  #signalQuestion(question: VerificationQuestion, { evidence, tagged }: Reading): SignalQuestion {
    const { digest, predecessor, repository, artifact } = question;
    const siblings = [...this.#cache.readings()]
      .filter((one) => one.question.repository === repository)
      .map(({ reading }) => ({ digest: reading.digests[0] ?? digest, evidence: reading.evidence }));
    const before = predecessor === undefined ? undefined : this.known(predecessor);
    return {
      ...{ digest, evidence, siblings },
      ...(before && predecessor !== undefined && { predecessor: { digest: predecessor, ...before } }),
      ...(artifact.tag !== undefined &&
        tagged !== undefined && { tag: { name: artifact.tag, pointsAt: tagged } }),
    };
  }

  #readingQuestion(question: VerificationQuestion, requirements: readonly NamedRequirements[]) {
    return readingQuestion(question, requirements, this.#parts.operatorNamespace);
  }

  #suspect(digest: Digest): Suspect {
    return this.known(digest) ?? { digests: [digest], evidence: [] };
  }
}

const unknown = (reason: Proof['reason'], message: string): Proof => ({ state: 'Unknown', reason, message });

function understood<T extends ArtifactPolicy | ArtifactRevocation>(
  objects: readonly Understood<T>[],
  kind: string,
): { readonly values: readonly T[] } | Proof {
  const strange = objects.find(({ valid }) => !valid);
  if (strange && !strange.valid) {
    const message = `${kind} ${strange.name} is not understood, and it may be about this release: ${strange.problem}`;
    return unknown('PolicyInvalid', message);
  }
  return { values: objects.flatMap((one) => (one.valid ? [one.value] : [])) };
}

/** What another release has still to do is not to be found in the registry. */
const sufficed = ({ state, reason }: Proof): boolean => state === 'Satisfied' || reason === 'NotPromotedYet';

const maxAgeOf = ({ asked }: VerificationQuestion): number =>
  milliseconds(asked?.reverifyInterval ?? DEFAULT_REVERIFY_INTERVAL);
