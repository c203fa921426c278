import type { Status } from '../../src/api/artifact-release-status.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { World } from './simulated-world.ts';
import type { Pass } from './surroundings.ts';

/** Sees everything that happens, and throws at what must not. */
export interface Watcher {
  observed?(pass: Pass, world: World): void;
  stored?(pass: Pass, before: Status | undefined, after: Status, world: World): void;
  wrote?(pass: Pass, effect: Effect, world: World): void;
  logged?(fields: object, message: string): void;
}
