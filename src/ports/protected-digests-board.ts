import type { ProtectedList } from './protected-digests.ts';

/** Where clean-ups that cannot ask the operator find what must stay. */
export interface ProtectedDigestsBoard {
  /** Puts the list in place of the one before. Rejects when the API server cannot be asked, or refuses. */
  publish(list: ProtectedList, signal: AbortSignal): Promise<void>;
}
