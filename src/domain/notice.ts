import type { Reason } from '../api/conditions.ts';

/** Something that people are told once: it becomes an Event after the status that explains it is stored. */
export interface Notice {
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** Value, threshold and digest, where there are any. */
  readonly message: string;
}

export const normal = (reason: Reason, message: string): Notice => ({ type: 'Normal', reason, message });
export const warning = (reason: Reason, message: string): Notice => ({ type: 'Warning', reason, message });
