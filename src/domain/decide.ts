import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Status } from '../api/artifact-release-status.ts';
import { withBaselines } from './baselines.ts';
import { converge } from './converge.ts';
import type { Effect } from './effect.ts';
import type { Evaluation } from './evaluation.ts';
import type { Notice } from './notice.ts';
import type { Observation } from './observation.ts';
import { protectionNotices } from './protection-news.ts';
import type { Outcome, Rule, Situation, State } from './situation.ts';
import { adoption } from './stages/adoption.ts';
import { bake } from './stages/bake.ts';
import { canaryStep } from './stages/canary-step.ts';
import { barredCommands, commands } from './stages/commands.ts';
import { deletion } from './stages/deletion.ts';
import { withoutReplicas } from './stages/no-replicas.ts';
import { promotion } from './stages/promotion.ts';
import { rest } from './stages/rest.ts';
import { retarget, revokedStable } from './stages/revocation.ts';
import { occupancy, rivalry, yieldPins } from './stages/rivalry.ts';
import { rollback } from './stages/rollback.ts';
import { supersession } from './stages/supersession.ts';
import { suspension } from './stages/suspension.ts';
import { revoked, verification } from './stages/verification.ts';
import { summarize } from './summarize.ts';
import { earliest } from './time.ts';
import { verificationNotices } from './verification-news.ts';

/** The answer to one look at the world. */
export interface Decision {
  /** Stored first, fenced by resourceVersion. */
  readonly status: Status;
  /** Carried out after the status is stored, in this order. */
  readonly effects: readonly Effect[];
  /** Told to people after the status is stored. */
  readonly notices: readonly Notice[];
  /** What the objectives said, and from what: logged, so that it can be computed again. */
  readonly evaluations: readonly Evaluation[];
  /** When to look again even if nothing is heard. */
  readonly wakeAt?: Date;
}

/**
 * The whole operator in one pure function: what to store, do and say about a release, given everything that was
 * observed. The state moves from rule to rule until one says what it waits for; the effects then follow from
 * the spec and that state alone.
 */
export function decide(release: ArtifactRelease, seen: Observation, now: Date): Decision {
  const { metadata: meta, spec } = release;
  let situation: Situation = {
    meta,
    spec,
    state: withBaselines(release.status ?? initial(now), seen.baselines, spec.objectives ?? []),
    stored: release.status,
    seen,
    now,
  };
  const notices: Notice[] = [];
  const evaluations: Evaluation[] = [];
  for (let moves = 0; moves <= MAX_MOVES; moves++) {
    const outcome = answer(situation);
    notices.push(...outcome.notices);
    evaluations.push(...(outcome.evaluations ?? []));
    situation = { ...situation, state: outcome.state };
    if (outcome.kind === 'move') continue;
    const status = summarize(situation, outcome);
    const wakeAt = earliest(...[outcome.wakeAt, ...proofsUntil(seen)].filter((at) => at && at > now));
    return {
      status,
      effects: converge(situation),
      notices: [
        ...notices,
        ...verificationNotices(release.status, status),
        ...protectionNotices(release.status, status, seen),
      ],
      evaluations,
      ...(wakeAt && { wakeAt }),
    };
  }
  throw new Error(`decide does not settle in phase ${situation.state.phase}`);
}

const proofsUntil = ({ verification }: Observation): readonly (Date | undefined)[] =>
  [...verification.values()].map(({ until }) => until);

/** More than any path through the rules takes; it only turns a cycle, which would be a bug, into an error. */
const MAX_MOVES = 24;

const initial = (now: Date): State => ({ phase: 'Pending', phaseStartedAt: now.toISOString() });

/** These come before the stage that the release is in, in this order. */
const INTERRUPTS: readonly Rule[] = [yieldPins, barredCommands, deletion, suspension, rivalry, commands];

function answer(s: Situation): Outcome {
  for (const rule of INTERRUPTS) {
    const outcome = rule(s);
    if (outcome) return outcome;
  }
  return stage(s);
}

function stage(s: Situation): Outcome {
  const { stable, candidate, failure, phase } = s.state;
  const occupied = candidate || failure ? undefined : occupancy(s);
  if (occupied) return occupied;
  if (!stable) return adoption(s);
  const adopted = { ...s, state: { ...s.state, stable } };
  if (failure) return retarget(adopted) ?? rollback({ ...s, state: { ...adopted.state, failure } });
  const returned = revokedStable(adopted);
  if (returned) return returned;
  if (!candidate) return rest(adopted);
  const trial = { ...s, state: { ...s.state, stable, candidate } };
  if (phase === 'Promoting') return revoked(trial) ?? promotion(trial);
  if (candidate.weight === 100) return revoked(trial) ?? bake(trial);
  const superseded = supersession(trial);
  if (superseded) return superseded;
  if (phase === 'Verifying' || phase === 'Blocked') return verification(trial);
  return revoked(trial) ?? withoutReplicas(trial) ?? canaryStep(trial);
}
