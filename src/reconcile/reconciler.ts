import { type ArtifactRelease, FINALIZER } from '../api/artifact-release.ts';
import { Status } from '../api/artifact-release-status.ts';
import { ConflictError } from '../controller/errors.ts';
import { decide } from '../domain/decide.ts';
import type { Effect } from '../domain/effect.ts';
import { invalidSpecStatus } from '../domain/invalid-spec.ts';
import type { Observation } from '../domain/observation.ts';
import { earliest } from '../domain/time.ts';
import type { ClusterReader, ClusterWriter, ReleaseIdentity, StoredRelease } from '../ports/cluster.ts';
import { EffectError } from './effect-error.ts';
import { EffectLedger } from './effect-ledger.ts';
import type { Observer } from './observe.ts';
import type { Reporter } from './report.ts';
import { StatusJournal } from './status-journal.ts';
import { STALE_CACHE_MS } from './write-log.ts';

export interface ReconcilerParts {
  readonly cluster: ClusterReader;
  readonly writer: ClusterWriter;
  readonly observer: Observer;
  readonly reporter: Reporter;
  readonly now: () => Date;
}

/** When to look again even if nothing is heard, and the first effect that failed. */
interface PassResult {
  readonly requeueAfterMs?: number;
  readonly failure?: unknown;
}

/**
 * One pass over one release: observe → decide → record → persist → execute → report.
 *
 * Guarantees: the status is stored before the world is touched, and only if nobody else has written since it was
 * read; a pass that is cut short anywhere is completed by the next one; nothing is said twice, for what was said
 * follows from a status that is stored by then. The record in the log comes before that, so that nothing is stored that
 * it does not explain.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #journal = new StatusJournal();
  readonly #ledger = new EffectLedger();
  readonly #failures = new Map<string, Observation['writeFailure']>();
  readonly #uids = new Map<string, string>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<PassResult> {
    const stored = this.#parts.cluster.release(key);
    this.#forgetPredecessor(key, stored?.identity.uid);
    if (!stored) return {};
    if (this.#journal.isBehind(stored.identity)) return { requeueAfterMs: STALE_CACHE_MS };
    if (!stored.valid) return this.#refuse(stored, signal);
    return this.#pass(stored.release, stored, signal);
  }

  async #pass(release: ArtifactRelease, stored: StoredRelease, signal: AbortSignal): Promise<PassResult> {
    const { observer, reporter } = this.#parts;
    const { uid } = release.metadata;
    const now = this.#parts.now();
    const seen = await observer.observe(release, this.#failures.get(uid), now, signal);
    const decision = decide(release, seen, now);
    if (letsGo(decision.effects) && this.#ledger.hasUnseenCanary(uid, now))
      return { requeueAfterMs: STALE_CACHE_MS };
    reporter.deciding({ release, seen, now }, decision);
    const rewriteAt = await this.#persist(stored, release.status, decision.status, now, signal);
    const current = { ...release, status: decision.status };
    reporter.decided(stored.identity, release.status, decision, now);
    this.#ledger.settle(uid, decision.effects, now);
    const failure = await this.#executeAll(current, decision.effects, now, signal);
    if (failure === undefined) this.#failures.delete(uid);
    const next = wakeUp(now, decision.wakeAt, rewriteAt, this.#ledger.recheckAt(uid));
    // What is refused is tried again with growing pauses: in none of them may a candidate go unwatched.
    return failure === undefined ? next : { ...next, failure };
  }

  /**
   * One workload that refuses to be written must not keep another one from its roll-back. Resolves to the first error.
   */
  async #executeAll(
    release: ArtifactRelease,
    effects: readonly Effect[],
    now: Date,
    signal: AbortSignal,
  ): Promise<unknown> {
    const errors: unknown[] = [];
    for (const effect of effects) {
      try {
        await this.#execute(release, effect, now, signal);
      } catch (error) {
        // Without its finalizer nothing that is made would be taken back; without leadership nothing is made.
        if (effect.kind === 'AddFinalizer' || signal.aborted) throw error;
        errors.push(error);
      }
    }
    return errors[0];
  }

  async #execute(release: ArtifactRelease, effect: Effect, now: Date, signal: AbortSignal): Promise<void> {
    const { uid } = release.metadata;
    if (this.#ledger.isDone(uid, effect)) return;
    try {
      await this.#parts.writer.execute(release, effect, signal);
      this.#ledger.wrote(uid, effect, now);
      this.#parts.reporter.executed(release, effect);
    } catch (error) {
      if (error instanceof EffectError) {
        this.#failures.set(uid, { reason: error.reason, message: error.message });
      }
      throw error;
    }
  }

  /**
   * A release that does not parse is told so, and touched no further. One that is being deleted cannot wait for its
   * correction: it is let go, its workloads as they are; its canary goes with it, for it is the owner.
   */
  async #refuse(
    stored: StoredRelease & { valid: false },
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number }> {
    const { identity, deleting, problem } = stored;
    const before = Status.safeParse(stored.status).data;
    // Where it is the status that was not understood, its repair may be all that a proper deletion needs.
    if (deleting && (before || stored.status === undefined)) return this.#letGo(identity, signal);
    const now = this.#parts.now();
    const status = invalidSpecStatus(identity.generation, problem, stored.status, now);
    const rewriteAt = await this.#persist(stored, before, status, now, signal);
    return wakeUp(now, rewriteAt);
  }

  async #letGo(release: ReleaseIdentity, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    if (!release.finalizers.includes(FINALIZER)) return {};
    await this.#parts.writer.removeFinalizer(release, signal);
    this.#parts.reporter.letGo(release);
    return {};
  }

  /** Stores what changed; numbers alone wait a moment. Resolves to when they should be written, if that is later. */
  async #persist(
    { identity }: StoredRelease,
    before: ArtifactRelease['status'],
    after: NonNullable<ArtifactRelease['status']>,
    now: Date,
    signal: AbortSignal,
  ): Promise<Date | undefined> {
    const due = this.#journal.whenToWrite(identity.uid, before, after, now);
    if (due === undefined || due > now) return due;
    try {
      const version = await this.#parts.writer.writeStatus(identity, after, signal);
      this.#journal.wrote(identity, version, now);
    } catch (error) {
      if (error instanceof ConflictError) this.#parts.reporter.fenced(identity);
      throw error;
    }
    return undefined;
  }

  #forgetPredecessor(key: string, uid: string | undefined): void {
    const before = this.#uids.get(key);
    if (before !== undefined && before !== uid) {
      this.#parts.observer.forget(before);
      this.#parts.reporter.forget(before);
      this.#journal.forget(before);
      this.#ledger.forget(before);
      this.#failures.delete(before);
    }
    if (uid === undefined) this.#uids.delete(key);
    else this.#uids.set(key, uid);
  }
}

const letsGo = (effects: readonly Effect[]): boolean =>
  effects.some(({ kind }) => kind === 'RemoveFinalizer');

function wakeUp(now: Date, ...instants: readonly (Date | undefined)[]): { requeueAfterMs?: number } {
  const first = earliest(...instants);
  return first ? { requeueAfterMs: Math.max(10, first.getTime() - now.getTime()) } : {};
}
