import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { decide } from '../../src/domain/decide.ts';
import { parseImage } from '../../src/domain/digest.ts';
import type { Effect } from '../../src/domain/effect.ts';
import { proven } from '../../src/domain/history.ts';
import type { Proof } from '../../src/domain/observation.ts';
import { unpinned } from '../../src/domain/pins.ts';
import { protectionNotices } from '../../src/domain/protection-news.ts';
import { insist } from './broken-rule.ts';
import { decisionOf } from './pass-decision.ts';
import type { Pass } from './surroundings.ts';
import type { Watcher } from './watcher.ts';

const proofIn = ({ seen }: Pass, digest: string | undefined): Proof | undefined =>
  digest === undefined ? undefined : seen.verification.get(digest);
type PinWorkload = Extract<Effect, { kind: 'PinWorkload' }>;

const isRevoked = (proof: Proof | undefined): boolean => proof?.reason === 'Revoked';
const hasToGo = (proof: Proof | undefined): boolean =>
  proof?.revocations?.some(({ action }) => action === 'Rollback') ?? false;

/** A digest of the history that is there to return to. */
function goodDigest(pass: Pass, status: Status | undefined): string | undefined {
  const { history = [], stable, candidate, failure } = status ?? {};
  const taken = [stable, candidate, failure].map((one) => one?.digest);
  return history
    .map(({ digest }) => digest)
    .find(
      (digest) =>
        status &&
        !taken.includes(digest) &&
        proven(status, digest) !== undefined &&
        proofIn(pass, digest)?.state === 'Satisfied',
    );
}

/** What docs/adr 7 and 10 let a workload get although its digest is not proven at this moment; a revoked one never. */
function excused(pass: Pass, status: Status, digest: string, { name }: PinWorkload): boolean {
  const { candidate, stable, failure, phase } = status;
  const unknown = proofIn(pass, digest)?.state !== 'Refused';
  // A promotion that has begun goes on while nothing is refused, and a target whose pin is stored already joins.
  if (candidate?.digest === digest) return unknown && phase === 'Promoting';
  const before = pass.release.status?.pins?.filter((pin) => pin.name === name) ?? [];
  if (phase === 'Pending') return before.some(({ image }) => image.endsWith(digest));
  // A roll-back is never kept by the verifier, but prefers what is verified to what is refused.
  const returns = failure !== undefined || pass.release.metadata.deletionTimestamp !== undefined;
  return (
    returns && stable?.digest === digest && (unknown || goodDigest(pass, pass.release.status) === undefined)
  );
}

/** What each workload was seen to run as it was pinned, since its pin was last changed. */
function settledPins() {
  const settled = new Map<string, string | undefined>();
  const pinOf = ({ pins = [] }: Status, name: string) => pins.find((pin) => pin.name === name)?.image;
  return {
    seen({ release: { status }, seen: { targets } }: Pass): void {
      for (const { name, workload } of targets)
        if (status?.pins && workload && unpinned(workload, status.pins).length === 0)
          settled.set(name, pinOf(status, name));
    },
    stored(status: Status): void {
      for (const [name, image] of settled) if (pinOf(status, name) !== image) settled.delete(name);
    },
    has: (name: string, digest: string): boolean => settled.get(name)?.endsWith(digest) ?? false,
  };
}

/** The rule of the issue: no sequence of registry and policy events runs an unverified digest. */
export const nothingUnprovenIsStarted = (): Watcher => {
  const settled = settledPins();
  return {
    observed: settled.seen,
    stored: (_pass, _before, status) => settled.stored(status),
    wrote(pass, effect, world) {
      const status = world.status;
      if (!status) return;
      if (effect.kind === 'ApplyCanary' || effect.kind === 'ScaleCanary') {
        const state = proofIn(pass, status.candidate?.digest)?.state;
        insist(state === 'Satisfied', `${effect.kind} although ${state}`, status.candidate);
      }
      if (effect.kind !== 'PinWorkload') return;
      for (const { image } of effect.images) {
        const digest = parseImage(image)?.digest ?? status.stable?.digest ?? '';
        const proof = proofIn(pass, digest);
        insist(!isRevoked(proof), 'pins a revoked digest', [status.phase, digest]);
        // What somebody else changed is put back, whatever the release is at.
        const allowed = proof?.state === 'Satisfied' || settled.has(effect.name, digest);
        insist(allowed || excused(pass, status, digest, effect), `pins a digest that is ${proof?.reason}`, [
          status.phase,
          digest,
        ]);
      }
    },
  };
};

/** Neither frozen, nor somebody else's, nor going. */
const acts = ({ release, seen }: Pass): boolean =>
  !release.spec.suspend &&
  release.metadata.deletionTimestamp === undefined &&
  seen.claims.length === 0 &&
  seen.targets.every(({ workload }) => workload !== undefined);

/** In the very pass that sees a revocation its canary goes, and what runs it returns to what is good. */
export const revokedIsLeftAtOnce = (): Watcher => ({
  observed(pass) {
    if (!acts(pass)) return;
    const { release, seen } = pass;
    const before = release.status;
    const { status, effects } = decisionOf(pass);
    if (before?.candidate && isRevoked(proofIn(pass, before.candidate.digest))) {
      const { candidate, failure } = status;
      const goesOn = candidate && !failure && status.phase !== 'Blocked';
      insist(!goesOn || candidate.digest !== before.candidate.digest, 'a revoked digest stays', status.phase);
      for (const { canary } of seen.targets) {
        if (canary?.ownerUid !== release.metadata.uid || goesOn) continue;
        const gone = effects.some((e) => e.kind === 'DeleteCanary' && e.name === canary.name);
        insist(gone, 'the canary of a revoked digest stays', status.phase);
      }
    }
    const good = goodDigest(pass, before);
    const pinned = (status.pins ?? []).map(
      ({ image }) => parseImage(image)?.digest ?? before?.stable?.digest,
    );
    if (good === undefined) return;
    for (const digest of pinned) {
      const stays = hasToGo(proofIn(pass, digest)) && digest === before?.stable?.digest;
      insist(!stays, 'stable is revoked and pinned, though another digest is good', { digest, good });
    }
  },
});

const ordersAnswered = (before: Status, { acted = [] }: Status): number =>
  acted.filter((mark) => !before.acted?.includes(mark)).length;

/** What a person, a tool or the next pass would act upon, of an answer that is only awaited. */
export const awaitingIsNoNews = (): Watcher => ({
  observed(pass) {
    const { release, seen, now } = pass;
    const before = release.status;
    if (
      !before ||
      !['Healthy', 'Blocked'].includes(before.phase) ||
      before.observedGeneration !== release.metadata.generation
    )
      return;
    const digest = before.candidate?.digest ?? before.stable?.digest;
    if (!acts(pass) || proofIn(pass, digest)?.pending !== true) return;
    // That stable is revoked beside a candidate is heard at once.
    if (isRevoked(proofIn(pass, before.stable?.digest))) return;
    const { status, notices } = decide(release, seen, now);
    if (status.candidate?.digest !== before.candidate?.digest || status.phase === 'Pending') return;
    const refusals = notices.filter(({ reason }) => reason === 'CommandRefused').length;
    // Of a digest that is not awaited, a person may ask something all the same, and what is obeyed is news.
    if (ordersAnswered(before, status) > refusals) return;
    const told = ({ phase, message, verification, conditions }: Status) => ({
      phase,
      message,
      verification,
      conditions: conditions.filter(({ type }) => type === 'Verified' || type === 'Ready'),
    });
    insist(isDeepStrictEqual(told(status), told(before)), 'an awaited answer is told', [
      told(status),
      told(before),
    ]);
    // The registry is another matter: what it says is heard whatever the verifier is at.
    const kept = protectionNotices(before, status, seen).length;
    insist(notices.length === refusals + kept, 'an awaited answer makes a notice', notices);
  },
});

/** An awaited answer ends no step and begins no hold. */
export const awaitingDecidesNothing = (): Watcher => ({
  stored(pass, before, status) {
    const { candidate } = status;
    if (!candidate || candidate.digest !== before?.candidate?.digest) return;
    if (
      proofIn(pass, candidate.digest)?.pending !== true ||
      status.failure ||
      before.suspended ||
      status.suspended
    )
      return;
    insist(status.candidate?.step === before.candidate.step, 'ends a step', status.message);
    insist(status.phase !== 'Promoting' || before.phase === 'Promoting', 'promotes', status.message);
    const holds =
      status.hold && !before.hold && status.hold.reason !== 'NoReplicas' && candidate.weight < 100;
    insist(!holds, 'begins a hold', status.hold);
  },
});
