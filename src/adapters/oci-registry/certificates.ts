import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../controller/clock.ts';
import { RegistryError } from '../../ports/registry-error.ts';

/**
 * Certificates, PEM, as they are now. Rejects with RegistryError where they are not to be had, or with the reason of
 * the signal.
 */
export type Certificates = (signal: AbortSignal) => Promise<string>;

const MAX_AGE_MS = 5 * 60_000;
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** `origin` names them in errors: without them nothing can be read, for to trust less or more is no answer. */
export function givenCertificates(pem: string, origin: string): Certificates {
  let valid: string | undefined;
  return async () => {
    valid ??= checked(pem, origin);
    return valid;
  };
}

/**
 * Certificates that `read` gets from elsewhere, when they are first needed and when they are older than 5 minutes. It
 * reads once for all who ask meanwhile, and is not cut short by one of them. Failures are not remembered.
 */
export function readCertificates(
  read: () => Promise<string | undefined>,
  origin: string,
  clock: Clock,
): Certificates {
  let reading: Promise<string> | undefined;
  let readAt = 0;
  const start = (): Promise<string> => {
    const started = obtain(read, origin);
    reading = started;
    readAt = clock.monotonic();
    started.catch(() => {
      if (reading === started) reading = undefined;
    });
    return started;
  };
  return async (signal) => {
    const isFresh = reading !== undefined && clock.monotonic() - readAt < MAX_AGE_MS;
    return await unlessAborted(isFresh && reading ? reading : start(), signal);
  };
}

async function obtain(read: () => Promise<string | undefined>, origin: string): Promise<string> {
  const pem = await read().catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(origin, `cannot be read: ${detail}`, cause);
  });
  if (pem === undefined) throw unavailable(origin, 'does not exist');
  return checked(pem, origin);
}

/** What is no certificate would be passed over by TLS, in silence. */
function checked(pem: string, origin: string): string {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) throw unavailable(origin, 'holds no certificate in PEM');
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw unavailable(origin, `holds a certificate, number ${index + 1}, that is not understood`, cause);
    }
  }
  return pem;
}

const unavailable = (origin: string, problem: string, cause?: unknown): RegistryError =>
  new RegistryError('Unavailable', `${origin} ${problem}`, { cause });

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
