import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { RegistryError, type RegistryFailure } from '../../ports/registry-error.ts';
import { oneLine } from '../http/one-line.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { readBounded } from './body.ts';
import type { Operation } from './http-exchange.ts';
import { TransientRegistryError } from './transient-registry-error.ts';
import { writeFailure } from './write-failure.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** Room for the sentence in which a registry repeats a tag of ours, of 78 characters and more. */
const MAX_WORDS_LENGTH = 300;

const EXCEPTION = 'a rule or a lock of the registry covers it, and has to make an exception for it';

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

/** What a server says about its refusal. */
interface Explanation {
  /** Of the specification, e.g. `MANIFEST_UNKNOWN`; none where it says something else. */
  readonly codes: readonly string[];
  /** All of them, for what matters may come last. */
  readonly words: string;
}

/**
 * A status above 299 as an error. Reads the body, or drops it. `now` is what a Retry-After date counts from.
 * Unauthorized for a 401, Forbidden for a 403, whatever was asked for.
 */
export async function toRefusal(
  response: Dispatcher.ResponseData,
  operation: Operation,
  now: Date,
): Promise<RegistryError> {
  const { statusCode: status, headers } = response;
  const { codes, words } = await readExplanation(response.body);
  const said = oneLine(words, MAX_WORDS_LENGTH);
  const message = `it answers ${status}${said === '' ? '' : `: ${said}`}`;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  const ofWrite = writeFailure({ operation, status, codes, words });
  if (ofWrite === 'Forbidden') return new RegistryError(ofWrite, `${message}; ${EXCEPTION}`);
  if (ofWrite !== undefined) return new RegistryError(ofWrite, message);
  if (status === 429) return new RegistryError('Throttled', message, { retryAfterMs });
  if (status >= 500 || status === 408) return new TransientRegistryError(message, { retryAfterMs });
  if (status >= 300 && status < 400)
    return new RegistryError('Malformed', `${message}, a redirect that leads nowhere`);
  return new RegistryError(FAILURE_OF[status] ?? 'Malformed', message);
}

const FAILURE_OF: Readonly<Record<number, RegistryFailure>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'NotFound',
};

/**
 * What the server says; only from the fields of known JSON, because a page of HTML helps nobody, and because a user who
 * names an address must not get to read what is behind it.
 */
async function readExplanation(body: Dispatcher.ResponseData['body']): Promise<Explanation> {
  try {
    const bytes = await readBounded(body, MAX_BODY_BYTES);
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const errors = OciErrors.safeParse(json).data?.errors ?? [];
    const codes = errors.flatMap(({ code }) => code ?? []);
    return { codes, words: wordsOf(json) };
  } catch {
    return { codes: [], words: '' };
  }
}

function wordsOf(json: unknown): string {
  const errors = OciErrors.safeParse(json).data?.errors;
  const join = (...words: readonly (string | undefined)[]) => words.filter(Boolean).join(' ');
  if (errors !== undefined) return errors.map(({ code, message }) => join(code, message)).join('; ');
  const realm = RealmError.safeParse(json).data;
  return join(realm?.error, realm?.error_description, realm?.details, realm?.message);
}
