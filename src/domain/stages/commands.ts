import { ANNOTATIONS, type Command } from '../../api/artifact-release.ts';
import type { Stable } from '../../api/artifact-release-status.ts';
import { MAX_RESTORED } from '../../api/protection-status.ts';
import { shortDigest } from '../digest.ts';
import { stableFrom } from '../fallback.ts';
import { proven, refusal } from '../history.ts';
import { normal, warning } from '../notice.ts';
import { pendingOrders } from '../orders.ts';
import { isRevoked, isSatisfied, proofOf } from '../proof.ts';
import { restoredDigests } from '../protection/kept-digests.ts';
import { isLost, protectionOf } from '../protection-answer.ts';
import { stepsOf } from '../schedule/steps.ts';
import { closeSegment } from '../segments.ts';
import {
  type Move,
  move,
  type Outcome,
  type Situation,
  type State,
  type WithCandidate,
} from '../situation.ts';
import { awaitsWaiver } from './door.ts';
import { enterPromotion } from './promotion.ts';
import { tryDigest } from './rest.ts';
import { rivalText } from './rivalry.ts';
import { fail, leaveStable } from './rollback.ts';

/** An order from a person: an annotation whose value is the digest that is meant. */
interface Order {
  readonly command: Command;
  readonly digest: string;
  readonly by: string;
}

/** Why an order cannot be carried out, for the event. */
type Refusal = string;

/** Carries out what people ask for, and says why where that cannot be done. */
export const commands = (s: Situation): Outcome | undefined =>
  answerNext(s, (order) => HANDLERS[order.command](s, order));

/** Where nothing can be acted upon, an order is answered all the same: kept, it would be obeyed long after it was meant. */
export function barredCommands(s: Situation): Outcome | undefined {
  const why = barred(s);
  return why === undefined ? undefined : answerNext(s, () => why);
}

function barred(s: Situation): Refusal | undefined {
  if (s.meta.deletionTimestamp !== undefined) return 'the release is being deleted';
  if (s.spec.suspend) return 'the release is suspended; set spec.suspend to false first';
  return rivalText(s);
}

/**
 * Answers the first order that is not yet acted upon. It is noted in status in the same write as its
 * consequence, and the annotation is removed afterwards: a crash in between cannot make it act twice.
 */
function answerNext(s: Situation, carryOut: (order: Order) => Move | Refusal): Outcome | undefined {
  const pending = pendingOrders(s.meta);
  const acted = (s.state.acted ?? []).filter((mark) => pending.some((order) => order.mark === mark));
  const next = pending.find(({ mark }) => !acted.includes(mark));
  if (next === undefined)
    return acted.length === (s.state.acted ?? []).length ? undefined : move(withActed(s.state, acted));
  const { command, digest } = next;
  const order: Order = { command, digest, by: whoAsked(s) };
  const outcome = carryOut(order);
  const answer =
    typeof outcome === 'string'
      ? move(
          s.state,
          warning(
            'CommandRefused',
            `${command} ${digest.slice(0, 24)} by ${order.by} is refused: ${outcome}`,
          ),
        )
      : outcome;
  return { ...answer, state: withActed(answer.state, [...acted, next.mark]) };
}

function withActed(state: State, acted: readonly string[]): State {
  const { acted: _, ...rest } = state;
  return acted.length > 0 ? { ...rest, acted: [...acted] } : rest;
}

/** The user that admission stamped; else only the tool is known. */
function whoAsked(s: Situation): string {
  const user = s.meta.annotations[ANNOTATIONS.requestedBy];
  return (user ?? `a user of ${s.meta.commandManager ?? 'an unknown tool'}`).slice(0, 128);
}

const HANDLERS: Record<Command, (s: Situation, order: Order) => Move | Refusal> = {
  approve: (s, order) => onCandidate(s, order, approve),
  promote: (s, order) => onCandidate(s, order, promote),
  abort: (s, order) =>
    onCandidate(s, order, (with_) =>
      fail(with_, { verdict: 'Aborted', reason: 'Aborted', message: `aborted by ${order.by}`, by: order.by }),
    ),
  retry: (s, { digest, by }) => {
    if (s.state.candidate || s.state.failure)
      return 'a release is in flight; retry is for a digest that was refused';
    if (digest !== s.spec.artifact.digest) return `the spec names ${shortDigest(s.spec.artifact.digest)}`;
    if (!refusal(s.state, digest)) return 'this digest is not refused';
    const revoked = revocationOf(s, digest);
    if (revoked !== undefined) return revoked;
    return move(tryDigest(s, digest), normal('Retried', `${by} asked to try ${shortDigest(digest)} again`));
  },
  'rollback-to': rollbackTo,
  restore,
};

function onCandidate(
  s: Situation,
  { digest }: Order,
  act: (s: WithCandidate, by: string) => Move | Refusal,
  by = whoAsked(s),
): Move | Refusal {
  const { candidate, stable, failure } = s.state;
  if (!candidate || !stable) return 'no digest is under trial';
  if (failure) return 'it is already being rolled back';
  if (digest !== candidate.digest) return `the digest under trial is ${shortDigest(candidate.digest)}`;
  return act({ ...s, state: { ...s.state, candidate, stable } }, by);
}

function approve(s: WithCandidate, by: string): Move | Refusal {
  const { candidate, phase } = s.state;
  if (awaitsWaiver(s)) {
    const waived = `${by} lets ${shortDigest(candidate.digest)} go on without a way back`;
    return move({ ...s.state, candidate: { ...candidate, waivedBy: by } }, normal('Approved', waived));
  }
  const steps = stepsOf(s.spec, candidate);
  const step = steps[candidate.step];
  const baking = candidate.weight === 100;
  const canApprove = phase === 'Paused' || (step?.approval === true && phase !== 'Promoting' && !baking);
  if (!canApprove) return 'nothing waits for approval';
  const approvedStep = baking ? steps.length : candidate.step;
  return move(
    { ...s.state, candidate: { ...candidate, approvedStep, approvedBy: by } },
    normal('Approved', `${by} approved ${shortDigest(candidate.digest)} at ${candidate.weight}%`),
  );
}

/** Skips the rest of the canary. Verification cannot be skipped. */
function promote(s: WithCandidate, by: string): Move | Refusal {
  const { candidate, phase } = s.state;
  const revoked = revocationOf(s, candidate.digest);
  if (revoked !== undefined) return revoked;
  if (phase === 'Verifying' || phase === 'Blocked')
    return isSatisfied(proofOf(s, candidate.digest))
      ? 'its canary has not begun, and what it waits for cannot be skipped'
      : 'it is not verified, and that cannot be skipped';
  if (phase === 'Promoting' || candidate.weight === 100) return 'it is promoted already';
  if (!isSatisfied(proofOf(s, candidate.digest))) return 'it is not verified now';
  const notice = normal(
    'PromotedByRequest',
    `${by} promoted ${shortDigest(candidate.digest)} at ${candidate.weight}%, skipping the rest of the canary`,
  );
  const promoted = enterPromotion({ ...s, state: closeSegment(s.state) });
  return move({ ...promoted, candidate: { ...promoted.candidate, approvedBy: by } }, notice);
}

function rollbackTo(s: Situation, { digest, by }: Order): Move | Refusal {
  const { candidate, stable, failure } = s.state;
  if (!stable) return 'nothing is adopted yet';
  if (failure) return 'a roll-back is in progress';
  if (digest === candidate?.digest) return 'it is the one under trial; promote skips the rest of its canary';
  const cause = {
    reason: 'RollbackRequested',
    message: `roll-back to ${shortDigest(digest)} asked for by ${by}`,
    by,
  } as const;
  const to = digest === stable.digest ? stable : returnTo(s, digest);
  if (typeof to === 'string') return to;
  const revoked = revocationOf(s, digest);
  if (revoked !== undefined) return revoked;
  if (!isSatisfied(proofOf(s, digest))) return 'it is not verified now';
  // Stable may be lost as well, but to return to it is what every roll-back does, and its pods may still have it.
  if (digest !== stable.digest && isLost(s, digest))
    return `it cannot be pulled any more: ${protectionOf(s, digest).message}`;
  if (candidate)
    return fail({ ...s, state: { ...s.state, candidate, stable } }, { ...cause, verdict: 'Aborted' }, to);
  if (digest === stable.digest) return 'it is stable already';
  return leaveStable({ ...s, state: { ...s.state, stable } }, { ...cause, verdict: 'RolledBack' }, to);
}

/** A digest of the history, or one that was brought back from its archive and is there again. */
function returnTo(s: Situation, digest: string): Stable | Refusal {
  const entry = proven(s.state, digest);
  if (entry) return stableFrom(entry);
  const restored = restoredDigests(s.state, s.now).find((one) => one.digest === digest);
  if (!restored) return 'it is not in the history as promoted or adopted';
  const { message, reason } = protectionOf(s, digest);
  if (reason !== 'Protected') return `it is not back from its archive yet: ${message}`;
  const { at, version } = restored;
  return { digest, ...(version !== undefined && { version }), promotedAt: at };
}

/** The keeper of its repository copies it back: what is kept and is not there comes from where it was archived. */
function restore(s: Situation, { digest, by }: Order): Move | Refusal {
  const restored = restoredDigests(s.state, s.now);
  if (restored.some((one) => one.digest === digest)) return 'it is being restored already';
  if (s.seen.protectionState?.mode !== 'Tags') return 'spec.protection.mode has to be Tags for that';
  const archived = s.seen.protectionState.archived.find((one) => one.digest === digest);
  if (!archived) return 'it is not among the archived digests of its repository';
  const revoked = revocationOf(s, digest);
  if (revoked !== undefined) return revoked;
  const { repository, version } = archived;
  const at = s.now.toISOString();
  const entry = { digest, ...(version !== undefined && { version }), by, at };
  return move(
    { ...s.state, restored: [entry, ...restored].slice(0, MAX_RESTORED) },
    normal(
      'Restored',
      `${by} asked for ${shortDigest(digest)} to be brought back from ${repository}; once it is Protected, artifactrelease.dev/rollback-to=${digest} returns to it`,
    ),
  );
}

function revocationOf(s: Situation, digest: string): Refusal | undefined {
  const proof = proofOf(s, digest);
  return isRevoked(proof) ? `it is revoked: ${proof.message}` : undefined;
}
