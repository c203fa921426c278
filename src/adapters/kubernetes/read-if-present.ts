import type { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './kube-api-error.ts';

/** What is needed of one object, straight from the API server; undefined where there is no such object. */
export async function readIfPresent<T>(
  client: ApiClient,
  path: string,
  needed: z.ZodType<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return needed.parse(await client.get<unknown>(path, signal && { signal }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
