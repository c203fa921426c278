/** What the plugin tells whoever started it. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Something that has to be known is not, so nothing was done. */
  refused: 3,
  /** What is computed is not what was stored. */
  differs: 3,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The end of every --help. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  refused, for something that must be known is not
`;

/** Ends the command. Its message is for people: one problem a line, each with its remedy. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: Exit;

  constructor(exit: Exit, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}
