import { Slots } from '../controller/slots.ts';

/**
 * Runs the task for every item, at most so many at once. Every task that has begun is waited for, also after one has
 * failed; then the first failure is thrown.
 */
export async function eachAtOnce<T>(
  limit: number,
  items: Iterable<T>,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const slots = new Slots(limit);
  const results = await Promise.allSettled([...items].map((item) => slots.run(() => task(item))));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
