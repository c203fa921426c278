import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Candidate, Status } from '../../src/api/artifact-release-status.ts';
import { MAX_KEPT } from '../../src/api/protection-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { decide } from '../../src/domain/decide.ts';
import { parseImage } from '../../src/domain/digest.ts';
import { returnable } from '../../src/domain/fallback.ts';
import { keptDigests } from '../../src/domain/protection/kept-digests.ts';
import { isSameNews } from '../../src/domain/status-news.ts';
import { insist } from './broken-rule.ts';
import { decisionOf } from './pass-decision.ts';
import { protections } from './protections.ts';
import type { Pass } from './surroundings.ts';
import type { Watcher } from './watcher.ts';

const trialOf = ({ digest, attempt }: Candidate): string => `${digest} ${attempt}`;
const DOOR: readonly Status['phase'][] = ['Verifying', 'Blocked'];

/** A trial that is past the door: its canary may stand. */
const hasBegun = ({ candidate, failure, phase, suspended }: Status): boolean =>
  candidate !== undefined && !failure && !DOOR.includes(suspended ?? phase);

const isSafe = ({ seen }: Pass, digest: Digest | undefined): boolean =>
  digest !== undefined && seen.protection.get(digest)?.reason === 'Protected';

/**
 * No pod of a trial is started before its digest is safe, and stable too unless a person answers for it, where that is
 * required; and a trial that has begun is never brought back to wait for it.
 */
export const nothingUnprotectedBegins = (): Watcher => {
  const begun = new Set<string>();
  return {
    stored(pass, before, status) {
      const { candidate, stable } = status;
      if (!candidate) return;
      const trial = trialOf(candidate);
      const { seen, release } = pass;
      const waived = before?.candidate && trialOf(before.candidate) === trial && before.candidate.waivedBy;
      if (candidate.waivedBy !== undefined && waived !== candidate.waivedBy) {
        const told = before?.conditions.find(({ type }) => type === 'Progressing')?.reason;
        insist(told === 'RollbackNotReady', 'a person answers for what nobody was told', told);
      }
      if (begun.has(trial) && !status.failure)
        insist(hasBegun(status), 'a canary that had begun waits again', status.message);
      if (!hasBegun(status) || begun.has(trial)) return;
      begun.add(trial);
      const required = release.spec.protection.requireBeforeRollout;
      if (seen.protectionState?.mode !== 'Tags' || !required) return;
      insist(isSafe(pass, candidate.digest), 'begins without protection', status.message);
      const proof = seen.verification.get(stable?.digest ?? '')?.state;
      const ready = isSafe(pass, stable?.digest) && proof === 'Satisfied';
      insist(ready || candidate.waivedBy !== undefined, 'begins without a way back', status.message);
    },
    wrote({ release }, { kind }, { status }) {
      if (kind !== 'ApplyCanary' && kind !== 'ScaleCanary') return;
      const trial = status?.candidate && trialOf(status.candidate);
      insist(trial !== undefined && begun.has(trial), `${kind} before the door`, release.metadata.name);
    },
  };
};

/** Everything that a status says the workloads run, try, leave or may return to. */
function referredTo({ spec, status }: Pick<ArtifactRelease, 'spec' | 'status'>): readonly Digest[] {
  if (status === undefined) return [];
  const { pins = [], stable, candidate, failure } = status;
  return [
    ...pins.map(({ image }) => parseImage(image)?.digest),
    ...[stable, candidate, failure].map((one) => one?.digest),
    ...returnable(status)
      .slice(0, spec.protection.rollbackCandidates)
      .map(({ digest }) => digest),
  ].filter((digest) => digest !== undefined);
}

/**
 * Rule 7. The protector goes by what is stored. So whatever the stored status refers to is kept, and no effect, of this
 * pass or of one that a crash cuts short, starts anything else: a digest is given up only after the status that lets go
 * of it is stored. How long after is the protector's.
 */
export const whatMayRunIsKept = (): Watcher => ({
  stored({ release, now }, _, status) {
    const kept = keptDigests({ ...release, status }, now).map(({ digest }) => digest);
    insist(kept.length <= MAX_KEPT, 'keeps without end', kept);
    insist(new Set(kept).size === kept.length, 'keeps a digest twice', kept);
    for (const digest of referredTo({ ...release, status }))
      insist(kept.includes(digest), 'refers to a digest that nothing keeps', { digest, kept });
    const told = status.protection?.digests.map(({ digest }) => digest);
    insist((told ?? kept).join() === kept.join(), 'tells of others than it keeps', { told, kept });
  },
  wrote({ release, now }, effect, { status }) {
    if (effect.kind !== 'ApplyCanary' && effect.kind !== 'PinWorkload') return;
    const kept = keptDigests({ ...release, status }, now).map(({ digest }) => digest);
    for (const { image } of effect.images) {
      const { digest } = parseImage(image) ?? {};
      insist(digest === undefined || kept.includes(digest), `${effect.kind} of what nothing keeps`, image);
    }
  },
});

/** A restart, after which nothing is known of the registry for a while, is told to nobody. */
export const unreadProtectionIsNoNews = (): Watcher => ({
  observed(pass) {
    const { release, seen, now } = pass;
    const before = release.status;
    const known = decisionOf(pass);
    if (!before || known.notices.length > 0 || !isSameNews(known.status, before)) return;
    const unread = new Map([...seen.protection.keys()].map((digest) => [digest, protections.Awaited]));
    const asked = seen.protectionState?.mode === 'Tags';
    const { status, notices } = decide(release, { ...seen, ...(asked && { protection: unread }) }, now);
    insist(notices.length === 0, 'a restart makes a notice', notices);
    insist(isSameNews(status, before), 'a restart is told', [
      [status.phase, status.message, status.conditions],
      [before.phase, before.message, before.conditions],
    ]);
  },
});

/** Tags that are to outlive the release are on record before it goes, wherever it is. */
export const tagsAreOrphanedOnRecord = (): Watcher => ({
  wrote({ release, seen }, { kind }) {
    if (kind !== 'RemoveFinalizer' || release.spec.protection.deletionPolicy !== 'Orphan') return;
    const { mode, orphaned } = seen.protectionState ?? {};
    insist(mode !== 'Tags' || orphaned === true, 'goes before it is on record that its tags stay');
  },
});
