import type { Look, Release } from '../release.ts';

/** How a release may end for a rule: `Undecided` waits for a person. */
export const ENDINGS = ['RolledBack', 'Promoted', 'Undecided'] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * After one look: an ending, or `Going`, which lets a step that is due pass, or `Holding`, which keeps the step and
 * its weight.
 */
export type Decision = Ending | 'Going' | 'Holding';

/** Decides on one release after another. All rules see the same counts. */
export interface Rule {
  begin(release: Release): void;
  look(look: Look): Decision;
  /** Of the bad requests of that look, those that came after the decision, where it was made before the look. */
  readonly spared?: number;
  /** What it says of a release that goes no further. */
  end(): Ending;
}
