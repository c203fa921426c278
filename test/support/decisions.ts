import { expect } from 'vitest';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { type Decision, decide } from '../../src/domain/decide.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { anObservation } from './observations.ts';
import { at } from './releases.ts';

/** One decision, with what must hold of every one: it says what it waits for, and making it again changes nothing. */
export function decided(
  release: ArtifactRelease,
  seen: Observation = anObservation(),
  after = '0s',
): Decision {
  const decision = decide(release, seen, at(after));
  expect(decision.status.message).not.toBe('');
  if (decision.wakeAt) expect(decision.wakeAt.getTime()).toBeGreaterThan(at(after).getTime());
  const again = decide({ ...release, status: decision.status }, seen, at(after));
  const silent = { notices: [], evaluations: [] };
  expect({ ...again, ...silent }).toEqual({ ...decision, ...silent });
  expect(again.notices).toEqual([]);
  return decision;
}

export const phaseOf = ({ status }: Decision): string => status.phase;

export const reasonOf = ({ status }: Decision): string | undefined =>
  status.conditions.find(({ type }) => type === 'Progressing')?.reason;

export const effectsOf = ({ effects }: Decision): readonly string[] => effects.map(({ kind }) => kind);

/** Phase, reason and effects. */
export const brief = (decision: Decision): readonly unknown[] => [
  phaseOf(decision),
  reasonOf(decision),
  ...effectsOf(decision),
];

/** The image of every pin. */
export const imagesOf = ({ status }: Decision): readonly string[] | undefined =>
  status.pins?.map(({ image }) => image);

/** Every image that is pinned, once. */
export const pinnedBy = (decision: Decision): readonly string[] => [...new Set(imagesOf(decision))];

export const noticesOf = ({ notices }: Decision): readonly string[] => notices.map(({ reason }) => reason);

/** What a person is told whose command is refused. */
export const refusalOf = ({ notices }: Decision): string | undefined =>
  notices.find(({ reason }) => reason === 'CommandRefused')?.message;

/** `True Healthy`: status and reason of a condition. */
export function conditionOf({ status }: Decision, name: string): string {
  const found = status.conditions.find(({ type }) => type === name);
  return `${found?.status} ${found?.reason}`;
}
