import type { Candidate, HistoryEntry, Pin, Stable } from '../../api/artifact-release-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { shortDigest } from '../digest.ts';
import { isStranded, pinsInForce } from '../fallback.ts';
import { newestEntry, refusal } from '../history.ts';
import { normal, warning } from '../notice.ts';
import type { Proof } from '../observation.ts';
import { pinsFor, unpinned } from '../pins.ts';
import { asStored, isRevoked, isSatisfied, proofOf, toldProof } from '../proof.ts';
import {
  inPhase,
  move,
  type Outcome,
  type Situation,
  type State,
  type Wait,
  wait,
  without,
} from '../situation.ts';
import { clockTime, dateTime, nextSlot } from '../time.ts';
import { noSafeDigest } from './no-safe-digest.ts';

type AtRest = Situation & { readonly state: { readonly stable: Stable } };

/** Nothing is under trial: either the spec names stable, or a digest that may be tried, or one that is refused. */
export function rest(s: AtRest): Outcome {
  const { stable } = s.state;
  const wanted = s.spec.artifact.digest;
  const gone = s.seen.targets.find((t) => !t.workload);
  if (gone) {
    const message = `Deployment ${gone.name} is gone; it is pinned to ${shortDigest(stable.digest)} when it is back`;
    return wait(inPhase(s.state, 'Pending', s.now), 'DeploymentNotFound', message);
  }
  const proof = proofOf(s, stable.digest);
  if (isStranded(s.state) && isSatisfied(proof)) {
    const pins = pinsFor(s.spec, s.seen.targets, stable.digest, []);
    const notice = `${shortDigest(stable.digest)} may run again: workloads return to it`;
    return move(inPhase({ ...s.state, pins }, 'Pending', s.now), normal('RollingBack', notice));
  }
  const pins = pinsOfTargets(s);
  if (pins !== s.state.pins && pins.length > 0) return move(inPhase({ ...s.state, pins }, 'Pending', s.now));
  const joining = joiningTarget(s);
  if (joining !== undefined) return waitForPin(s, joining);
  const refused = wanted === stable.digest ? undefined : refusal(s.state, wanted);
  if (wanted !== stable.digest && !refused) return move(tryDigest(s, wanted));
  const still = asStored(s);
  if (still) return still;
  const unsafe = noSafeDigest(s);
  if (unsafe) return unsafe;
  if (!refused) return unproven(s) ?? healthy(s);
  return wait(inPhase(s.state, 'RolledBack', s.now), 'DigestRefused', refusalText(refused, stable), {
    stalled: true,
  });
}

function refusalText({ digest, verdict, finishedAt, reason, message }: HistoryEntry, stable: Stable): string {
  const numbers = message === undefined ? '' : `: ${message}`;
  const lifted = reason === 'Revoked' ? ', also once the revocation is lifted' : '';
  return (
    `${shortDigest(digest)} was ${verdict === 'Aborted' ? 'aborted' : 'rolled back'} at ${dateTime(finishedAt)} (${reason})${numbers}; ` +
    `it stays refused${lifted}, and ${shortDigest(stable.digest)} runs. Release a digest that mends this, ` +
    `or annotate artifactrelease.dev/retry=${digest} to try this one again`
  );
}

/** Targets that were added are pinned to stable once that is verified; targets that were taken out are let go. */
function pinsOfTargets(s: AtRest): Pin[] {
  const before = s.state.pins ?? [];
  const kept = before.filter((pin) => s.spec.targets.some((t) => t.name === pin.name));
  const added = isSatisfied(proofOf(s, s.state.stable.digest)) ? missingPins(s) : [];
  return added.length === 0 && kept.length === before.length ? before : [...kept, ...added];
}

function missingPins(s: AtRest): readonly Pin[] {
  const before = s.state.pins ?? [];
  const wanted = pinsFor(s.spec, s.seen.targets, s.state.stable.digest, before);
  return wanted.filter((pin) => !before.some((old) => old.name === pin.name));
}

/** A target that joins would start pods, and stable has no proof for that. */
function unproven(s: AtRest): Outcome | undefined {
  const [first] = missingPins(s);
  if (!first) return undefined;
  const { digest } = s.state.stable;
  const { reason, message, until } = toldProof(s, digest);
  const next =
    until && until > s.now ? until : nextSlot(s.state.phaseStartedAt, s.spec.analysis.interval, s.now);
  const text = `Deployment ${first.name} joins once ${shortDigest(digest)} is verified: ${message}; asked again at ${clockTime(next)}`;
  return wait(inPhase(s.state, 'Pending', s.now), reason, text, { wakeAt: next });
}

/** Its first pin, or the one after it was gone, is no correction of anybody, so it has a phase of its own. */
const joiningTarget = (s: AtRest): string | undefined =>
  s.state.phase === 'Pending'
    ? s.seen.targets.find((t) => t.workload && unpinned(t.workload, pinsInForce(s)).length > 0)?.name
    : undefined;

function waitForPin(s: AtRest, name: string): Outcome {
  const pin = `Deployment ${name} joins and is pinned to ${shortDigest(s.state.stable.digest)}`;
  const failure = s.seen.writeFailure;
  if (failure) {
    const message = `${pin}, but ${failure.message}; tried again with growing pauses: look at what refuses it, or take the target out of the spec`;
    return wait(s.state, failure.reason, message, { stalled: true });
  }
  const next = nextSlot(s.state.phaseStartedAt, s.spec.analysis.interval, s.now);
  return wait(s.state, 'Pending', `${pin}; looked at again at ${clockTime(next)}`, { wakeAt: next });
}

function healthy(s: AtRest): Outcome {
  const { digest } = s.state.stable;
  const name = shortDigest(digest);
  const proof = toldProof(s, digest);
  const state = inPhase(s.state, 'Healthy', s.now);
  if (isRevoked(proof)) return reported(s, wait(state, 'Revoked', revokedText(name, proof)));
  const doubt = isSatisfied(proof) ? '' : `, but it is not verified: ${proof.message}`;
  return wait(state, 'Healthy', `${name} is stable${doubt}; waiting for a new digest`);
}

const revokedText = (name: string, { message }: Proof): string =>
  `${name} is stable, but it is revoked: ${message}; nothing is moved, for no revocation asks for a roll-back. Waiting for a new digest`;

/** Told once: whether it was is known from Ready, which says it from then on. */
function reported({ stored }: AtRest, outcome: Wait): Wait {
  const told = stored?.conditions.find(({ type }) => type === 'Ready')?.reason === 'Revoked';
  return told ? outcome : { ...outcome, notices: [warning('Revoked', outcome.message)] };
}

/** A fresh trial of a digest, at the start of verification. */
export function tryDigest(s: Situation, digest: Digest): State {
  const at = s.now.toISOString();
  const { version } = s.spec.artifact;
  const candidate: Candidate = {
    digest,
    ...(version !== undefined && { version }),
    attempt: (newestEntry(s.state, digest)?.attempt ?? 0) + 1,
    startedAt: at,
    step: 0,
    weight: 0,
    stageEnteredAt: at,
    replicas: [],
  };
  return { ...inPhase(without(s.state, 'analysis', 'budget', 'hold'), 'Verifying', s.now), candidate };
}
