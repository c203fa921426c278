import type { Digest } from '../api/scalars.ts';
import { type BackoffPolicy, backoffCeiling, backoffDelay, type Random } from '../controller/backoff.ts';
import type { Clock } from '../controller/clock.ts';
import { Slots } from '../controller/slots.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import type { Reading, ReadingOutcome } from './reading.ts';
import type { ReadingQuestion } from './reading-question.ts';

/** Of readings that failed. A registry that is down is not asked in step by everybody. */
const DOUBT_BACKOFF: BackoffPolicy = { baseMs: 5_000, maxMs: 300_000 };
/** Of what was read and does not suffice: a pipeline signs in the seconds after it pushes. */
const LACK_BACKOFF: BackoffPolicy = { baseMs: 5_000, maxMs: 300_000 };
const MAX_ENTRIES = 2_000;

export interface ReadingCacheParts {
  readonly read: (question: ReadingQuestion, signal: AbortSignal) => Promise<ReadingOutcome>;
  readonly clock: Clock;
  readonly random: Random;
  /** Readings at once. */
  readonly concurrency: number;
  /** Called with whoever has asked, when there is another answer. */
  readonly wake: (release: string) => void;
  readonly observer: ReadingObserver;
}

export interface ReadingObserver {
  /** `reason` is undefined where the reading succeeded. */
  readingFinished(seconds: number, reason: Doubtful['reason'] | undefined): void;
  readingsQueued(count: number): void;
}

export type Lookup =
  | { readonly state: 'known'; readonly reading: Reading }
  | { readonly state: 'unknown'; readonly doubt: Doubtful; readonly until?: Date }
  /** `soon` is there where the reading has begun, and resolves when it is over. */
  | { readonly state: 'pending'; readonly soon?: Promise<void> };

/** A mistake of ours must not keep a digest pending for ever. */
const broken = (error: unknown): ReadingOutcome => ({
  known: false,
  reason: 'VerifierFailed',
  message: `reading failed: ${error instanceof Error ? error.message : String(error)}`,
});

interface Entry {
  readonly question: ReadingQuestion;
  readonly interested: Set<string>;
  reading?: Reading;
  doubt?: Doubtful | undefined;
  /** Consecutive readings that failed. */
  failures: number;
  /** Consecutive readings that did not suffice. */
  lacks: number;
  /** Whether somebody has said so of the newest. */
  lacking: boolean;
  /** When to read again, in ms since 1970. */
  dueAt: number;
  running?: Promise<void> | undefined;
}

/**
 * What was read about digests, and when to read it again. The newest good reading stays in force while it is read
 * anew; once that fails nothing is known any more, until it succeeds. Failures are answers for seconds, never cached
 * as facts.
 */
export class ReadingCache {
  readonly #parts: ReadingCacheParts;
  readonly #slots: Slots;
  /** The least recently asked first. */
  readonly #entries = new Map<string, Entry>();
  readonly #byDigest = new Map<Digest, Set<Entry>>();
  readonly #stopping = new AbortController();

  constructor(parts: ReadingCacheParts) {
    this.#parts = parts;
    this.#slots = new Slots(parts.concurrency);
  }

  /** What is known now. Reads in the background what is due. */
  lookup(question: ReadingQuestion, release: string): Lookup {
    const entry = this.#entry(question);
    entry.interested.add(release);
    const immediate = this.#slots.free;
    if (!entry.running && this.#nowMs() >= entry.dueAt) this.#start(entry);
    if (entry.doubt) {
      const until = entry.running ? undefined : new Date(entry.dueAt);
      return { state: 'unknown', doubt: entry.doubt, ...(until && { until }) };
    }
    if (entry.reading) return { state: 'known', reading: entry.reading };
    return { state: 'pending', ...(immediate && entry.running && { soon: entry.running }) };
  }

  /**
   * Says whether the reading sufficed, and how long it is good for (ms) if it did; resolves to when it is read again.
   * Undefined while that happens: whoever asked is woken then.
   */
  judged(question: ReadingQuestion, sufficed: boolean, maxAgeMs: number): Date | undefined {
    const entry = this.#entry(question);
    if (!entry.reading) return undefined;
    if (!sufficed) entry.lacking = true;
    const age = sufficed ? maxAgeMs : Math.min(maxAgeMs, backoffCeiling(entry.lacks + 1, LACK_BACKOFF));
    entry.dueAt = Math.min(entry.dueAt, entry.reading.readAt.getTime() + age);
    return entry.running ? undefined : new Date(Math.max(entry.dueAt, this.#nowMs()));
  }

  /** The newest good readings, whoever asked for them; also where a later one failed. */
  *readings(): Iterable<{ readonly question: ReadingQuestion; readonly reading: Reading }> {
    for (const { question, reading } of this.#entries.values()) if (reading) yield { question, reading };
  }

  /** The same about one digest. */
  readingsOf(digest: Digest): readonly Reading[] {
    return [...(this.#byDigest.get(digest) ?? [])].flatMap(({ reading }) => reading ?? []);
  }

  stop(): void {
    this.#stopping.abort();
  }

  #entry(question: ReadingQuestion): Entry {
    const { key } = question;
    const entry = this.#entries.get(key) ?? {
      question,
      interested: new Set<string>(),
      failures: 0,
      lacks: 0,
      lacking: false,
      dueAt: 0,
    };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const { digest } = question;
    this.#byDigest.set(digest, (this.#byDigest.get(digest) ?? new Set()).add(entry));
    this.#makeRoom();
    return entry;
  }

  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= MAX_ENTRIES) return;
      if (entry.running) continue;
      this.#entries.delete(key);
      const { digest } = entry.question;
      const others = this.#byDigest.get(digest);
      others?.delete(entry);
      if (others?.size === 0) this.#byDigest.delete(digest);
    }
  }

  #start(entry: Entry): void {
    const { observer, read } = this.#parts;
    const running = this.#slots.run(async () => {
      const startedAt = this.#parts.clock.monotonic();
      const outcome = await read(entry.question, this.#stopping.signal).catch(broken);
      const seconds = (this.#parts.clock.monotonic() - startedAt) / 1000;
      observer.readingFinished(seconds, outcome.known ? undefined : outcome.reason);
      this.#store(entry, outcome);
    });
    entry.running = running;
    observer.readingsQueued(this.#slots.queued);
    running.finally(() => this.#tell(entry)).catch(() => undefined);
  }

  #store(entry: Entry, outcome: ReadingOutcome): void {
    entry.running = undefined;
    if (outcome.known) {
      entry.lacks = entry.lacking ? entry.lacks + 1 : 0;
      entry.lacking = false;
      entry.failures = 0;
      entry.doubt = undefined;
      entry.reading = outcome.reading;
      entry.dueAt = Number.POSITIVE_INFINITY;
      return;
    }
    entry.failures += 1;
    entry.doubt = { reason: outcome.reason, message: outcome.message };
    const pause = backoffDelay(entry.failures, DOUBT_BACKOFF, this.#parts.random);
    entry.dueAt = this.#nowMs() + Math.max(outcome.retryAfterMs ?? 0, 1_000, pause);
  }

  #tell(entry: Entry): void {
    this.#parts.observer.readingsQueued(this.#slots.queued);
    if (this.#stopping.signal.aborted) return;
    const interested = [...entry.interested];
    entry.interested.clear();
    for (const release of interested) this.#parts.wake(release);
  }

  #nowMs(): number {
    return this.#parts.clock.now().getTime();
  }
}
