/** The operator cannot start as it was asked to. One line a problem, each naming the field or flag and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
