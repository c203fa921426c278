/**
 * No usable answer came from the API server: refused, reset, cut short, oversized or not JSON.
 * A write that ends so may or may not have happened.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(request: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(`${request}: ${detail}`, { cause });
  }
}
