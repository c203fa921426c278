import type { ProtectionCheck } from '../domain/observation.ts';
import type { Closure, RecordedRoot } from '../domain/protection/record.ts';
import { clockTime } from '../domain/time.ts';
import type { Problem } from './problem.ts';

export const NOT_CONFIGURED: ProtectionCheck = {
  state: 'Satisfied',
  reason: 'NotConfigured',
  message: 'spec.protection.mode is None',
};

/** No pass has been over its repository yet. */
export const NOT_ASKED: ProtectionCheck = {
  state: 'Unknown',
  reason: 'ProtectionPending',
  message: 'its registry is being asked',
  pending: true,
};

/** What is known about the protection of one digest. */
export interface Findings {
  /** Whether tags are wanted, or a list alone. */
  readonly tags: boolean;
  readonly root: RecordedRoot | undefined;
  readonly closure: Closure | undefined;
  readonly trouble: Problem | undefined;
  /** What had gone of it and is not read back yet. */
  readonly loss: string | undefined;
}

/** The answer that follows from it. An outage says nothing about what was read back before. */
export function checkOf(found: Findings): ProtectionCheck {
  const { closure, loss, root, tags, trouble } = found;
  const members = closure && { members: closure.members.length };
  if (trouble && (trouble.final || root?.confirmedAt === undefined)) {
    const { final, message, reason } = trouble;
    return { state: final ? 'Refused' : 'Unknown', reason, message, ...members };
  }
  if (loss !== undefined) return { state: 'Unknown', reason: 'ProtectionLost', message: loss, ...members };
  if (!closure)
    return {
      state: 'Unknown',
      reason: 'ProtectionPending',
      message: 'its registry is being asked what it consists of',
      pending: true,
    };
  return { ...(tags ? tagged(closure, root) : listed(closure)), ...members };
}

const listed = (closure: Closure): ProtectionCheck => ({
  state: 'Satisfied',
  reason: 'ReportOnly',
  message: `its ${whole(closure)} are listed for the registry's own clean-up; nothing else keeps them`,
});

function tagged(closure: Closure, root: RecordedRoot | undefined): ProtectionCheck {
  if (root?.confirmedAt !== undefined && root.leavesAt === undefined)
    return { state: 'Satisfied', reason: 'Protected', message: `${whole(closure)} kept by tags` };
  const since = root?.heldAt === undefined ? '' : ` since ${clockTime(new Date(root.heldAt))}`;
  const message = `${whole(closure)} tagged${since}; protected once all of them are read back`;
  return { state: 'Unknown', reason: 'ProtectionPending', message };
}

const whole = ({ members }: Closure): string =>
  `${members.length} manifest${members.length === 1 ? '' : 's'}`;
