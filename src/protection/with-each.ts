import type { RecordedAccess } from '../domain/protection/record.ts';
import { RegistryError } from '../ports/registry-error.ts';

/** The next access is tried where one may not do what has to be done; the first refusal is thrown where none may. */
export async function withEach<T>(
  accesses: readonly RecordedAccess[],
  task: (access: RecordedAccess) => Promise<T>,
): Promise<T> {
  const refusals: unknown[] = [];
  for (const access of accesses) {
    try {
      return await task(access);
    } catch (error) {
      if (!(error instanceof RegistryError) || !REFUSALS.includes(error.reason)) throw error;
      refusals.push(error);
    }
  }
  throw refusals[0] ?? new RegistryError('Unauthorized', 'nobody is left whose credentials could be used');
}

const REFUSALS: readonly string[] = ['Unauthorized', 'Forbidden'];
