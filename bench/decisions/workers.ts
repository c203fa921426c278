import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EndingsOfRules } from './simulate.ts';
import type { Part } from './worker.ts';

/** Has all parts simulated, one worker a processor, and hands over each when it is done, in any order. */
export async function simulateAll(
  parts: readonly Part[],
  onDone: (part: Part, endings: EndingsOfRules) => void,
): Promise<void> {
  const open = [...parts];
  await Promise.all(
    Array.from({ length: Math.min(parts.length, availableParallelism()) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      try {
        for (let part = open.shift(); part; part = open.shift()) {
          worker.postMessage(part);
          const [endings] = await once(worker, 'message');
          onDone(part, endings);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
}
