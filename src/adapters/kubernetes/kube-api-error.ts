const MAX_MESSAGE_LENGTH = 512;

/**
 * The API server's refusal of one request.
 *
 * The message is short and safe to log: method, path without its query, and the server's own sentence cut
 * to 512 characters. Response bodies never get into it.
 */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status code, or the code of a Status object found in a watch. */
  readonly status: number;
  /** The machine-readable reason such as `NotFound` or `AlreadyExists`; empty if the server gave none. */
  readonly reason: string;
  /** How long the server asks to wait (ms), where it does. */
  readonly retryAfterMs: number | undefined;

  constructor(request: string, status: number, details: StatusDetails = {}) {
    const { reason = '', message = '', retryAfterMs } = details;
    const sentence = [reason, message.slice(0, MAX_MESSAGE_LENGTH)].filter((part) => part !== '').join(': ');
    super(`${request}: ${status}${sentence === '' ? '' : ` ${sentence}`}`);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is worth keeping of a `Status` object. */
export interface StatusDetails {
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/** Reads the reason and message of a `v1.Status`; anything else, such as a proxy's HTML page, gives none. */
export function parseStatus(body: string): StatusDetails {
  try {
    return toStatusDetails(JSON.parse(body));
  } catch {
    return {};
  }
}

/** The reason and message of an already parsed `v1.Status`, or none. */
export function toStatusDetails(value: unknown): StatusDetails {
  if (typeof value !== 'object' || value === null) return {};
  const reason = 'reason' in value && typeof value.reason === 'string' ? value.reason : '';
  const message = 'message' in value && typeof value.message === 'string' ? value.message : '';
  return { reason, message };
}

/** The object does not exist (404). */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 404;
}

/** The object changed since it was read (409 other than AlreadyExists). */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** An object of that name exists already (409 AlreadyExists). */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** The object or the patch is not valid (400 or 422): repeating the same request cannot help. */
export function isInvalid(error: unknown): boolean {
  return error instanceof KubeApiError && (error.status === 400 || error.status === 422);
}

/** We may not do that (403). */
export function isForbidden(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 403;
}
