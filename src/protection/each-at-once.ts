import { Slots } from '../controller/slots.ts';

/**
 * Runs the task for every item, at most so many at once. Every task that has begun is waited for, also after one has
 * failed; then the first failure is thrown. After a failure that would be that of all, none is begun any more.
 */
export async function eachAtOnce<T>(
  limit: number,
  items: Iterable<T>,
  task: (item: T) => Promise<void>,
  isOfAll: (failure: unknown) => boolean = () => false,
): Promise<void> {
  const slots = new Slots(limit);
  let isOver = false;
  const attempt = async (item: T): Promise<void> => {
    if (isOver) return;
    try {
      await task(item);
    } catch (error) {
      isOver ||= isOfAll(error);
      throw error;
    }
  };
  const results = await Promise.allSettled([...items].map((item) => slots.run(() => attempt(item))));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
