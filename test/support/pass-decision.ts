import { type Decision, decide } from '../../src/domain/decide.ts';
import type { Pass } from './surroundings.ts';

const decisions = new WeakMap<Pass, Decision>();

/** What is decided in a pass, computed once for all who watch it. */
export function decisionOf(pass: Pass): Decision {
  const known = decisions.get(pass);
  if (known) return known;
  const decision = decide(pass.release, pass.seen, pass.now);
  decisions.set(pass, decision);
  return decision;
}
