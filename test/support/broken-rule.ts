/** A rule that a watcher saw broken. */
export class BrokenRule extends Error {}

export const insist = (holds: boolean, what: string, details?: unknown): void => {
  if (!holds) throw new BrokenRule(`${what}${details === undefined ? '' : ` ${JSON.stringify(details)}`}`);
};
