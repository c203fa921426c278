import { type DestinationStream, type Logger, pino } from 'pino';

/** From the most to the least talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Names whose values never belong into a log, at the top and up to two objects down. A safety net, not a licence:
 * log the few fields that matter instead of whole objects.
 */
const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  'token',
  'password',
  'secret',
  'cookie',
  'apiKey',
  'privateKey',
];
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * One JSON object a line, with times in ISO 8601 and the level in words.
 * `destination` is standard output unless a test says otherwise.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Errors as name, message, stack and cause. Their other fields may hold responses or credentials. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: describeCause(cause) }) };
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
