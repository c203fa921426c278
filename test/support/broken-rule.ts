/** A rule that a watcher saw broken. */
export class BrokenRule extends Error {}

export const insist = (holds: boolean, what: string, details?: unknown): void => {
  if (!holds) throw new BrokenRule(`${what}${details === undefined ? '' : ` ${JSON.stringify(details)}`}`);
};

/** What `watch` complains of, under the name of its rule. */
export function complaining(rule: string, watch: () => void): void {
  try {
    watch();
  } catch (error) {
    throw error instanceof BrokenRule ? new BrokenRule(`${rule}: ${error.message}`, { cause: error }) : error;
  }
}
