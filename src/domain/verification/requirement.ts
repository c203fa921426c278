import type { Doubt, Refusal } from '../../api/verification-reasons.ts';

/** One thing that a policy asks for, and whether it was proven. Refused is final for this digest; Unknown is asked again. */
export type Requirement = { readonly policy: string; readonly name: string } & Finding;

export type Finding =
  | { readonly state: 'Satisfied'; readonly message: string }
  | { readonly state: 'Refused'; readonly reason: Refusal; readonly message: string }
  | { readonly state: 'Unknown'; readonly reason: Doubt; readonly message: string };

export const satisfied = (message: string): Finding => ({ state: 'Satisfied', message });
export const refused = (reason: Refusal, message: string): Finding => ({ state: 'Refused', reason, message });
export const doubtful = (reason: Doubt, message: string): Finding => ({ state: 'Unknown', reason, message });
