// Simulates the parts of worlds that it is sent, and sends back how they ended.

import { parentPort } from 'node:worker_threads';
import { simulate } from './simulate.ts';
import { WORLDS } from './worlds.ts';

/** Releases `from` to `to` − 1 of the world at this index. */
export interface Part {
  readonly world: number;
  readonly from: number;
  readonly to: number;
}

parentPort?.on('message', ({ world: index, from, to }: Part) => {
  const world = WORLDS[index];
  if (!world) throw new Error(`there is no world ${index}`);
  parentPort?.postMessage(simulate(world, from, to));
});
