import { readFile } from 'node:fs/promises';
import type { PrometheusConfig } from './prometheus-config.ts';
import { QueryError } from './query-error.ts';

/**
 * The Authorization header of a source; none where it asks for none. The secret is read from its file each time:
 * it is small, and a rotated one must count at once. Throws QueryError MetricsUnavailable, naming the file.
 */
export async function authorizationHeader(
  config: PrometheusConfig,
): Promise<Readonly<Record<string, string>>> {
  if (config.bearerTokenFile !== undefined)
    return { authorization: `Bearer ${await readSecret(config.bearerTokenFile)}` };
  if (config.basicAuth === undefined) return {};
  const { username, passwordFile } = config.basicAuth;
  const credentials = Buffer.from(`${username}:${await readSecret(passwordFile)}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}

async function readSecret(file: string): Promise<string> {
  let secret: string;
  try {
    secret = (await readFile(file, 'utf8')).trimEnd();
  } catch (cause) {
    throw new QueryError('MetricsUnavailable', `cannot read ${file}; mount it or correct its path`, cause);
  }
  if (!/^[\x20-\x7e\u0080-\uffff]+$/.test(secret))
    throw new QueryError('MetricsUnavailable', `${file} must hold one line with the secret`);
  return secret;
}
