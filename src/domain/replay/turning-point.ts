import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../api/artifact-release-status.ts';
import type { Decision } from '../decide.ts';
import { without } from '../situation.ts';

/** What is decided, apart from what is counted, said and timed on the way. */
const DECIDED: readonly ((status: Status) => unknown)[] = [
  ({ phase }) => phase,
  ({ stable }) => stable,
  ({ candidate }) => candidate && without(candidate, 'baselines', 'stageEnteredAt', 'stepStartedAt'),
  ({ hold }) => hold?.reason,
  ({ failure }) => failure,
  ({ pins }) => pins,
  ({ analysis }) => analysis?.map(({ objective, verdict }) => ({ objective, verdict })),
];

/** A pass that decided something, or has news for people. Those in which only numbers, words and clocks move are none. */
export const isTurningPoint = (
  before: Status | undefined,
  { notices, status }: Pick<Decision, 'notices' | 'status'>,
): boolean =>
  notices.length > 0 ||
  before === undefined ||
  DECIDED.some((read) => !isDeepStrictEqual(read(before), read(status)));
