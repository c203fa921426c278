import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { RegistryError } from '../../ports/registry-error.ts';
import { oneLine } from '../http/one-line.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { readBounded } from './body.ts';
import { TransientRegistryError } from './transient-registry-error.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_WORDS_LENGTH = 200;

const OciErrors = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })).min(1),
});
/** Realms are not registries, and each has a way of its own: OAuth 2, Docker Hub, Spring, … */
const RealmError = z.object({
  error: z.string().optional(),
  error_description: z.string().optional(),
  details: z.string().optional(),
  message: z.string().optional(),
});

/** A status above 299 as an error. Reads the body, or drops it. `now` is what a Retry-After date counts from. */
export async function toRefusal(response: Dispatcher.ResponseData, now: Date): Promise<RegistryError> {
  const { statusCode: status, headers } = response;
  const words = await readWords(response.body);
  const message = `it answers ${status}${words === '' ? '' : `: ${words}`}`;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  if (status === 404 || status === 410) return new RegistryError('NotFound', message);
  if (status === 401 || status === 403) return new RegistryError('Unauthorized', message);
  if (status === 429) return new RegistryError('Throttled', message, { retryAfterMs });
  if (status >= 500 || status === 408) return new TransientRegistryError(message, { retryAfterMs });
  if (status >= 300 && status < 400)
    return new RegistryError('Malformed', `${message}, a redirect that leads nowhere`);
  return new RegistryError('Malformed', message);
}

/**
 * What the server says about its refusal; only from the fields of known JSON, because a page of HTML helps nobody, and
 * because a user who names an address must not get to read what is behind it.
 */
async function readWords(body: Dispatcher.ResponseData['body']): Promise<string> {
  try {
    const bytes = await readBounded(body, MAX_BODY_BYTES);
    return oneLine(wordsOf(JSON.parse(new TextDecoder().decode(bytes))), MAX_WORDS_LENGTH);
  } catch {
    return '';
  }
}

function wordsOf(json: unknown): string {
  const errors = OciErrors.safeParse(json).data?.errors;
  const join = (...words: readonly (string | undefined)[]) => words.filter(Boolean).join(' ');
  if (errors !== undefined) return errors.map(({ code, message }) => join(code, message)).join('; ');
  const realm = RealmError.safeParse(json).data;
  return join(realm?.error, realm?.error_description, realm?.details, realm?.message);
}
