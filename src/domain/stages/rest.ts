import type { Candidate, HistoryEntry, Pin, Stable } from '../../api/artifact-release-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { shortDigest } from '../digest.ts';
import { newestEntry, refusal } from '../history.ts';
import { pinsFor, unpinned } from '../pins.ts';
import { inPhase, move, type Outcome, type Situation, type State, wait, without } from '../situation.ts';
import { clockTime, dateTime, nextSlot } from '../time.ts';

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
  const pins = pinsOfTargets(s);
  if (pins !== s.state.pins && pins.length > 0) return move(inPhase({ ...s.state, pins }, 'Pending', s.now));
  const joining = joiningTarget(s);
  if (joining !== undefined) return waitForPin(s, joining);
  if (wanted === stable.digest) return healthy(s);
  const refused = refusal(s.state, wanted);
  if (!refused) return move(tryDigest(s, wanted));
  return wait(inPhase(s.state, 'RolledBack', s.now), 'DigestRefused', refusalText(refused, stable), {
    stalled: true,
  });
}

function refusalText({ digest, verdict, finishedAt, reason, message }: HistoryEntry, stable: Stable): string {
  const numbers = message === undefined ? '' : `: ${message}`;
  return (
    `${shortDigest(digest)} was ${verdict === 'Aborted' ? 'aborted' : 'rolled back'} at ${dateTime(finishedAt)} (${reason})${numbers}; ` +
    `it stays refused, and ${shortDigest(stable.digest)} runs. Release a digest that mends this, ` +
    `or annotate artifactrelease.dev/retry=${digest} to try this one again`
  );
}

/** Targets that were added are pinned to stable, which is proven; targets that were taken out are let go. */
function pinsOfTargets(s: AtRest): Pin[] {
  const before = s.state.pins ?? [];
  const kept = before.filter((pin) => s.spec.targets.some((t) => t.name === pin.name));
  const wanted = pinsFor(s.spec, s.seen.targets, s.state.stable.digest, before);
  const added = wanted.filter((pin) => !before.some((old) => old.name === pin.name));
  return added.length === 0 && kept.length === before.length ? before : [...kept, ...added];
}

/** Its first pin, or the one after it was gone, is no correction of anybody, so it has a phase of its own. */
const joiningTarget = ({ state, seen }: AtRest): string | undefined =>
  state.phase === 'Pending'
    ? seen.targets.find((t) => t.workload && unpinned(t.workload, state.pins ?? []).length > 0)?.name
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
  const check = s.seen.verification.get(digest);
  const proof = check && check.state !== 'Satisfied' ? `, but it is not verified: ${check.message}` : '';
  return wait(
    inPhase(s.state, 'Healthy', s.now),
    'Healthy',
    `${shortDigest(digest)} is stable${proof}; waiting for a new digest`,
  );
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
