/** Of the lines that are logged to be computed again. It changes when an old line can no longer be read as a new one. */
export const SCHEMA = 1;
