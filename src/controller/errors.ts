/** Trying again cannot help: the key waits until its object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Somebody else wrote first. Expected under concurrency: try again soon, from what they wrote. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}
