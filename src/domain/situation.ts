import type { ReleaseMetadata } from '../api/artifact-release.ts';
import type { Spec } from '../api/artifact-release-spec.ts';
import type { Candidate, Stable, Status } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Evaluation } from './evaluation.ts';
import type { Notice } from './notice.ts';
import type { Observation } from './observation.ts';

/** What conditions, message and summary are made from; they are computed once, from the rest. */
export type State = Omit<Status, 'message' | 'summary' | 'conditions' | 'observedGeneration'>;

/** Everything that a rule may look at. */
export interface Situation {
  readonly meta: ReleaseMetadata;
  readonly spec: Spec;
  readonly state: State;
  /** The status as it is stored: what people were told last. */
  readonly stored: Status | undefined;
  readonly seen: Observation;
  readonly now: Date;
}

/** A state with a digest under trial. */
export type TrialState = State & { candidate: Candidate; stable: Stable };

export interface WithCandidate extends Situation {
  readonly state: TrialState;
}

/** Why it waits, as people were told last. */
export const toldReason = ({ stored }: Pick<Situation, 'stored'>): Reason | undefined =>
  stored?.conditions.find(({ type }) => type === 'Progressing')?.reason;

/** The state changed: the rules are asked again. */
export interface Move {
  readonly kind: 'move';
  readonly state: State;
  readonly notices: readonly Notice[];
  /** What was judged on the way. */
  readonly evaluations?: readonly Evaluation[];
}

/** Nothing more can change now: this is what the release waits for. */
export interface Wait {
  readonly kind: 'wait';
  readonly state: State;
  readonly notices: readonly Notice[];
  readonly evaluations?: readonly Evaluation[];
  readonly reason: Reason;
  /** What is awaited, and until when. */
  readonly message: string;
  /** When to look again even if nothing is heard; absent where only a change can end the wait. */
  readonly wakeAt?: Date;
  /** Only a person can end the wait, by changing the spec or by a command. */
  readonly stalled?: boolean;
}

export type Outcome = Move | Wait;

/** A rule answers when it applies, and passes otherwise. */
export type Rule = (situation: Situation) => Outcome | undefined;

export const move = (state: State, ...notices: readonly Notice[]): Move => ({ kind: 'move', state, notices });

export const wait = (
  state: State,
  reason: Reason,
  message: string,
  more: Partial<Pick<Wait, 'wakeAt' | 'stalled' | 'notices'>> = {},
): Wait => ({ kind: 'wait', state, reason, message, notices: [], ...more });

/** The same state in another phase; the time of entry moves only when the phase does. */
export function inPhase<T extends State>(state: T, phase: State['phase'], now: Date): T {
  return state.phase === phase ? state : { ...state, phase, phaseStartedAt: now.toISOString() };
}

/** A copy without the named optional fields. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  // Not by `delete`: what is left would be slow to read and to compare.
  const copy: Partial<T> = {};
  for (const key of Object.keys(value) as (keyof T)[]) {
    if (!keys.includes(key as K)) copy[key] = value[key];
  }
  return copy as Omit<T, K>;
}
