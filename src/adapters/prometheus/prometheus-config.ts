import { z } from 'zod';
import { Duration } from '../../api/scalars.ts';
import { milliseconds } from '../../domain/time.ts';

const FilePath = z.string().min(1).max(4096);

/** Headers that this adapter sets itself. A secret in one of them would sit in the configuration in plain text. */
const RESERVED_HEADERS = new Set(['authorization', 'content-type', 'content-length', 'host', 'connection']);

const Url = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = url === undefined ? 'is not a URL' : urlProblem(url);
  if (problem === undefined) return text.replace(/\/+$/, '');
  context.issues.push({ code: 'custom', message: problem, input: undefined });
  return z.NEVER;
});

function urlProblem(url: URL): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '')
    return 'must not hold credentials; use basicAuth or bearerTokenFile';
  if (url.search !== '' || url.hash !== '')
    return 'must end with a path; put tenant headers in headers, not in the URL';
  return undefined;
}

const BasicAuth = z
  .strictObject({
    username: z.string().min(1).max(256),
    /** Read at every query, so that a changed password counts at once. */
    passwordFile: FilePath,
  })
  .readonly();

const Tls = z
  .strictObject({
    /** Certificates to trust in place of the system's, PEM. */
    caFile: FilePath.optional(),
    /** Client certificate and its key, PEM: both or neither. */
    certFile: FilePath.optional(),
    keyFile: FilePath.optional(),
    /** Name that the server's certificate must have, where it is not the host of the URL. */
    serverName: z.string().min(1).max(253).optional(),
  })
  .refine((tls) => (tls.certFile === undefined) === (tls.keyFile === undefined), {
    message: 'certFile and keyFile go together: set both or neither',
  })
  .readonly();

/**
 * How to reach one Prometheus, or anything with its HTTP API such as Thanos and Mimir. Secrets are in files,
 * never in here, and the files are read again as they are rotated.
 */
export const PrometheusConfig = z
  .strictObject({
    /** Base address without /api/v1; a path before it is kept, e.g. https://mimir.example.com/prometheus. */
    url: Url,
    /** Longest time for one query with its retries. */
    timeout: z
      .string()
      .refine((text) => Duration.safeParse(text).success && milliseconds(text) > 0, {
        message: 'must be a duration longer than 0s, such as 10s',
      })
      .default('10s'),
    /** Extra headers, e.g. X-Scope-OrgID. Not for secrets. */
    headers: z
      .record(
        z
          .string()
          .max(128)
          .regex(/^[A-Za-z0-9-]+$/, 'must be letters, digits and dashes')
          .refine((name) => !RESERVED_HEADERS.has(name.toLowerCase()), {
            message: 'is set by the operator; for credentials use basicAuth or bearerTokenFile',
          }),
        z
          .string()
          .max(1024)
          .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
      )
      .readonly()
      .default({}),
    /** File with a bearer token, e.g. a projected service account token. Read at every query. */
    bearerTokenFile: FilePath.optional(),
    basicAuth: BasicAuth.optional(),
    tls: Tls.optional(),
  })
  .refine((config) => config.bearerTokenFile === undefined || config.basicAuth === undefined, {
    message: 'bearerTokenFile and basicAuth exclude each other: remove one',
  })
  .readonly();
export type PrometheusConfig = z.infer<typeof PrometheusConfig>;
