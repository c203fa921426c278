import { setTimeout as delay } from 'node:timers/promises';

/** Now as Kubernetes' `metav1.Time`: whole seconds. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** Ends early, without an error, when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
