import type { Digest } from '../api/scalars.ts';
import { artifactTypesOf } from '../domain/protection/claims.ts';
import { discoveryTags, keepTagsOf } from '../domain/protection/keep-tag.ts';
import type { Closure, Member } from '../domain/protection/record.ts';
import { termsOf, wantedTags } from '../domain/protection/upkeep.ts';
import { milliseconds } from '../domain/time.ts';
import { isNotFound } from '../ports/registry-error.ts';
import { readClosure } from './closure-reader.ts';
import { eachAtOnce } from './each-at-once.ts';
import { type Job, MAX_TAGS, type PassParts } from './job.ts';
import { defectOf, readManifest } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';

const AT_ONCE = 8;

/** Finds out what digests consist of, and what has been attached to them since. */
export class Scanner {
  readonly #ledger: RepositoryLedger;
  readonly #listed: Set<string>;
  readonly #parts: PassParts;

  /** What is put is added to `listed`. */
  constructor(ledger: RepositoryLedger, listed: Set<string>, parts: PassParts) {
    this.#ledger = ledger;
    this.#listed = listed;
    this.#parts = parts;
  }

  /** Looks when that is not known, or may have changed. */
  async scan(job: Job, signal: AbortSignal): Promise<void> {
    const { digest, tags } = job.demand;
    const { now } = this.#parts;
    const ledger = this.#ledger;
    if (tags) await this.#restorePins(job, signal);
    const root = ledger.root(digest);
    const known = tags ? root : ledger.reported(digest);
    if (known && !this.#isStale(known)) return;
    const closure = await this.#closure(job, known?.closure, signal);
    for (const [member, manifest] of ledger.manifests) ledger.shelf.set(member, manifest);
    if (!tags) {
      ledger.setReported(closure, now());
      return;
    }
    await this.#suspect(closure, job, signal);
    const before = new Set(root?.closure.members.map((member) => member.digest));
    const grew = closure.members.some((member) => !before.has(member.digest));
    ledger.setRoot({
      ...root,
      ...termsOf(job.demand),
      closure,
      scannedAt: now().toISOString(),
      // Not everything has been put yet: what is missing from here on is not lost.
      heldAt: grew ? undefined : root?.heldAt,
    });
  }

  /** An own tag that nobody remembers may have been given up: then it is listed, and leads to a manifest that holds nothing. */
  async #suspect({ members }: Closure, { writer }: Job, signal: AbortSignal): Promise<void> {
    const { owner } = this.#parts;
    const tagOf = keepTagsOf(owner);
    const known = wantedTags(owner, this.#ledger.record);
    const isStrange = ({ digest }: Member) => this.#listed.has(tagOf(digest)) && !known.has(tagOf(digest));
    await eachAtOnce(AT_ONCE, members.filter(isStrange), async (member) => {
      const defect = await defectOf({ member }, () => readManifest(member.digest, { tagOf, writer }, signal));
      if (defect) this.#ledger.suspects.add(member.digest);
    });
  }

  /** Before anything is looked for by them: what is not found would not be kept any longer. */
  async #restorePins({ demand, holder }: Job, signal: AbortSignal): Promise<void> {
    const { pins = [], members = [] } = this.#ledger.root(demand.digest)?.closure ?? {};
    const isKept = (digest: Digest): boolean => members.some((member) => member.digest === digest);
    const missing = pins.filter(({ digest, tag }) => !this.#listed.has(tag) && isKept(digest));
    await holder.restorePins(missing, signal);
    for (const { tag } of missing) this.#listed.add(tag);
  }

  /** What has gone from its repository is as it was known, or as another repository has it. */
  async #closure(
    { demand, others, writer }: Job,
    known: Closure | undefined,
    signal: AbortSignal,
  ): Promise<Closure> {
    const { astray } = this.#ledger;
    const question = {
      root: demand.digest,
      artifactTypes: artifactTypesOf(demand),
      manifests: this.#ledger.manifests,
      before: known?.members.map((member) => member.digest),
    };
    try {
      return await readClosure({ ...question, astray, writer, listed: this.#listed }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (known) return known;
      for (const other of others) {
        const listed = new Set(await other.tags(MAX_TAGS, signal).catch(() => []));
        const found = readClosure({ ...question, writer: other, listed }, signal);
        const closure = await found.catch(() => undefined);
        if (closure) return closure;
      }
      throw error;
    }
  }

  #isStale({
    closure,
    scannedAt,
  }: {
    readonly closure: Closure;
    readonly scannedAt: string | Date;
  }): boolean {
    const { now, settings } = this.#parts;
    const due = new Date(scannedAt).getTime() + milliseconds(settings.rescanInterval);
    return now().getTime() >= due || closure.members.some(({ digest }) => this.#hasNewPins(digest, closure));
  }

  /** A tag by which something attached may be found, and that was not there before. */
  #hasNewPins(digest: Digest, { pins }: Closure): boolean {
    const { legacy, referrers } = discoveryTags(digest);
    return [referrers, ...legacy].some(
      (tag) => this.#listed.has(tag) && !this.#ledger.astray.has(tag) && !pins.some((pin) => pin.tag === tag),
    );
  }
}
