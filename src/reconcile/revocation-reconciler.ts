import { isDeepStrictEqual } from 'node:util';
import type { ArtifactRevocation } from '../api/artifact-revocation.ts';
import type { Digest } from '../api/scalars.ts';
import { TerminalError } from '../controller/errors.ts';
import { type ReleaseInUse, releaseInUse } from '../domain/verification/affected-release.ts';
import type { MatchesExpression } from '../domain/verification/revocation.ts';
import { revocationStatus } from '../domain/verification/revocation-status.ts';
import type { StoredRelease } from '../ports/cluster.ts';
import type { KnownEvidence } from '../ports/known-evidence.ts';
import type { PolicyReader } from '../ports/policies.ts';
import type { RevocationWriter } from '../ports/revocation-writer.ts';
import { STALE_CACHE_MS, WriteLog } from './write-log.ts';

export interface RevocationReconcilerParts {
  readonly policies: Pick<PolicyReader, 'revocations'>;
  readonly releases: () => readonly StoredRelease[];
  /** Whether the releases of a namespace are among them. */
  readonly watches: (namespace: string) => boolean;
  readonly evidence: Pick<KnownEvidence, 'known'>;
  /** Hears of digests whose evidence decides and is not known. Must not wait for it. */
  readonly examine: (digests: readonly Digest[]) => void;
  readonly matches: MatchesExpression;
  readonly writer: RevocationWriter;
  readonly now: () => Date;
}

/** Many releases change at once when something is revoked: their progress is stored together. */
const WRITE_INTERVAL_MS = 1_000;

/**
 * One pass over one revocation: what it affects and how far that is goes into its status. It touches nothing else:
 * each release finds out by itself that its digest is revoked.
 *
 * Guarantees: the status is written only when it has changed, at most once a second, and only if nobody else has
 * written since the revocation was read.
 */
export class RevocationReconciler {
  readonly #parts: RevocationReconcilerParts;
  readonly #log = new WriteLog();
  readonly #uids = new Map<string, string>();
  readonly #known = new WeakMap<StoredRelease, ReleaseInUse>();

  constructor(parts: RevocationReconcilerParts) {
    this.#parts = parts;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const { policies, releases, watches, evidence, examine, matches, writer } = this.#parts;
    const revocation = find(policies, name);
    this.#forgetPredecessor(name, revocation?.metadata.uid);
    if (revocation === undefined) return {};
    const { metadata } = revocation;
    if (this.#log.isBehind(metadata)) return { requeueAfterMs: STALE_CACHE_MS };
    const now = this.#parts.now();
    const knowledge = { suspect: (digest: Digest) => evidence.known(digest), matches };
    const view = { releases: releases().map((stored) => this.#inUse(stored)), watches, knowledge };
    const { status, unknown } = revocationStatus(revocation, view, now);
    if (unknown.length > 0) examine(unknown);
    if (isDeepStrictEqual(status, revocation.status)) return {};
    const waitMs = this.#log.earliest(metadata.uid, WRITE_INTERVAL_MS, now).getTime() - now.getTime();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    this.#log.wrote(metadata, await writer.writeStatus(metadata, status, signal), now);
    return {};
  }

  /** A stored release never changes: another version is another object. */
  #inUse(stored: StoredRelease): ReleaseInUse {
    const { namespace, name } = stored.identity;
    const inUse =
      this.#known.get(stored) ?? (stored.valid ? releaseInUse(stored.release) : { namespace, name });
    this.#known.set(stored, inUse);
    return inUse;
  }

  #forgetPredecessor(name: string, uid: string | undefined): void {
    const before = this.#uids.get(name);
    if (before !== undefined && before !== uid) this.#log.forget(before);
    if (uid === undefined) this.#uids.delete(name);
    else this.#uids.set(name, uid);
  }
}

/** One that is not understood says nothing about what it affects. Throws TerminalError that names the fields. */
function find(policies: Pick<PolicyReader, 'revocations'>, name: string): ArtifactRevocation | undefined {
  const found = policies
    .revocations()
    .find((one) => (one.valid ? one.value.metadata.name : one.name) === name);
  if (found?.valid === false)
    throw new TerminalError(`ArtifactRevocation ${name} is not understood: ${found.problem}`);
  return found?.value;
}
