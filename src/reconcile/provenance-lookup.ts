import type { Digest } from '../api/scalars.ts';
import { digestPrefix, hexOf } from '../domain/digest.ts';
import { digestsOf, usesOf } from '../domain/digest-uses.ts';
import { newestRecord, provenanceAnswer } from '../domain/verification/provenance-answer.ts';
import type { MatchesExpression, Suspect } from '../domain/verification/revocation.ts';
import type { StoredRelease } from '../ports/cluster.ts';
import type { KnownEvidence } from '../ports/known-evidence.ts';
import type { PolicyReader } from '../ports/policies.ts';
import type { ProvenanceReader, ProvenanceResult } from '../ports/provenance.ts';
import { questionAbout } from './evidence-survey.ts';

export interface ProvenanceLookupParts {
  /** Releases that have or had to do with a digest that begins with these 12 hex digits. */
  readonly releasesByPrefix: (prefix: string) => readonly StoredRelease[];
  readonly policies: Pick<PolicyReader, 'revocations'>;
  readonly evidence: KnownEvidence;
  readonly matches: MatchesExpression;
  /** Whether the work is done within the time that whoever asks has patience for. */
  readonly settlesInTime: (work: Promise<unknown>) => Promise<boolean>;
  /** Why the caches do not tell the truth yet; undefined when they do. */
  readonly notReady: () => string | undefined;
}

/** A digest, or the beginning of one, as people have it at hand: with or without the algorithm. */
const DIGEST_OR_PREFIX = /^(?:(sha256|sha512):)?([a-f0-9]{12,128})$/;
/** Names in a sentence. */
const MAX_NAMED = 4;
/** Digests that are read for lookups at once: who asks for many must not keep releases from being verified. */
const MAX_READING = 4;
const READ_LIMIT_MS = 60_000;

/** Answers what is known of a digest, from caches; what nobody has read since the start is read now. Changes nothing. */
export class ProvenanceLookup implements ProvenanceReader {
  readonly #parts: ProvenanceLookupParts;
  readonly #reading = new Map<Digest, Promise<Suspect | undefined>>();

  constructor(parts: ProvenanceLookupParts) {
    this.#parts = parts;
  }

  async find(text: string): Promise<ProvenanceResult> {
    const notReady = this.#parts.notReady();
    if (notReady !== undefined) return { outcome: 'NotReady', problem: notReady };
    const [, algorithm, hex] = DIGEST_OR_PREFIX.exec(text) ?? [];
    if (hex === undefined) {
      const problem = `digest must be sha256: and 64 hex digits, sha512: and 128, or the first 12 or more of them in lower case, not ${JSON.stringify(text.slice(0, 150))}`;
      return { outcome: 'Invalid', problem };
    }
    const [digest, other, ...more] = this.#candidates(algorithm, hex);
    if (digest === undefined)
      return { outcome: 'NotFound', problem: `no release and no revocation here knows ${text}` };
    if (other !== undefined) {
      const named = [digest, other, ...more].slice(0, MAX_NAMED).join(', ');
      return { outcome: 'Ambiguous', problem: `${more.length + 2} digests begin with ${text}: ${named}` };
    }
    return this.#about(digest);
  }

  #candidates(algorithm: string | undefined, hex: string): readonly Digest[] {
    const inUse = this.#releases(hex).flatMap((release) => digestsOf(usesOf(release)));
    const revoked = this.#revocations().flatMap(({ spec, status }) => [
      ...(spec.digests ?? []),
      ...(status?.digests ?? []),
    ]);
    const isMeant = (digest: Digest) =>
      hexOf(digest).startsWith(hex) && (algorithm === undefined || digest.startsWith(`${algorithm}:`));
    return [...new Set([...inUse, ...revoked].filter(isMeant))];
  }

  async #about(digest: Digest): Promise<ProvenanceResult> {
    const { evidence, matches, settlesInTime } = this.#parts;
    const releases = this.#releases(hexOf(digest));
    const isKnown = () =>
      evidence.known(digest) !== undefined || newestRecord(releases, digest) !== undefined;
    const settled = isKnown() || (await settlesInTime(this.#read(digest)));
    const answer = provenanceAnswer(digest, {
      releases,
      revocations: this.#revocations(),
      notUnderstood: this.#notUnderstood(),
      suspect: evidence.known(digest),
      pending: !settled,
      matches,
    });
    return { outcome: settled ? 'Found' : 'Pending', answer };
  }

  /** One reading for all who ask; it goes on when they have lost their patience, so that the next one finds it done. */
  #read(digest: Digest): Promise<unknown> {
    const running = this.#reading.get(digest);
    if (running !== undefined) return running;
    const question = this.#parts
      .releasesByPrefix(digestPrefix(digest))
      .flatMap((stored) => questionAbout(digest, stored) ?? [])[0];
    if (question === undefined) return Promise.resolve();
    if (this.#reading.size >= MAX_READING)
      return Promise.race(this.#reading.values()).then(() => this.#read(digest));
    const reading = this.#parts.evidence
      .examine(question, AbortSignal.timeout(READ_LIMIT_MS))
      .finally(() => this.#reading.delete(digest));
    this.#reading.set(digest, reading);
    return reading;
  }

  #releases(hex: string) {
    return this.#parts
      .releasesByPrefix(hex.slice(0, 12))
      .flatMap((stored) => (stored.valid ? [stored.release] : []));
  }

  #revocations() {
    return this.#parts.policies.revocations().flatMap((one) => (one.valid ? [one.value] : []));
  }

  #notUnderstood(): readonly string[] {
    return this.#parts.policies.revocations().flatMap((one) => (one.valid ? [] : [one.name]));
  }
}
