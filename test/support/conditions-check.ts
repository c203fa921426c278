import type { Condition, Status } from '../../src/api/artifact-release-status.ts';
import { CONDITION_TYPES } from '../../src/api/conditions.ts';

/** What a message must say where only a person can help: an order that a person can carry out. */
const REMEDY = /remove|release another|annotate|make this one|look at|correct|is back/i;

/**
 * What is wrong with a set of conditions, in the spirit of Flux's conditions/check: a tool that reads only kstatus
 * must never be told two things at once.
 */
export function complaints(status: Status, generation: number): string[] {
  const found: string[] = [];
  const get = (type: Condition['type']) => status.conditions.find((c) => c.type === type);
  const isTrue = (type: Condition['type']) => get(type)?.status === 'True';
  for (const type of CONDITION_TYPES) {
    const condition = get(type);
    if (!condition) found.push(`${type} is missing`);
    else if (Number.isNaN(Date.parse(condition.lastTransitionTime))) found.push(`${type} has no time`);
    else if (condition.observedGeneration > generation) found.push(`${type} speaks of the future`);
  }
  if (status.conditions.length !== CONDITION_TYPES.length) found.push('a condition is there twice');
  if (status.observedGeneration !== generation) found.push('observedGeneration is not that of the spec');
  if (isTrue('Ready') && isTrue('Reconciling')) found.push('Ready and Reconciling are both True');
  if (isTrue('Ready') && isTrue('Stalled')) found.push('Ready and Stalled are both True');
  if (isTrue('Reconciling') && isTrue('Stalled')) found.push('Reconciling and Stalled are both True');
  if (get('Ready')?.status === 'False' && get('Ready')?.reason === 'Healthy') {
    found.push('Ready is False because it is Healthy');
  }
  const stalled = get('Stalled');
  if (stalled?.status === 'True' && !REMEDY.test(stalled.message)) {
    found.push(`Stalled without a remedy: ${stalled.message}`);
  }
  if (status.message.trim() === '') found.push('there is no message');
  return found;
}
