/** What the process tells whoever started it. */
export const EXIT_CODE = {
  /** Asked to stop, and everything ended in order. */
  stopped: 0,
  /** Something broke that nothing here repairs, or the end was not orderly. */
  fault: 1,
  /** The configuration is wrong: starting again without changing it cannot help. */
  badConfiguration: 2,
  /** Another process leads, or we could not tell for too long. Starting again is the right thing. */
  leadershipLost: 3,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
