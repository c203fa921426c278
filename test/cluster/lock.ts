// Locks between processes, held as listening sockets in Linux's abstract socket namespace: the kernel drops
// them with the process that holds them, so there is no stale lock to detect, whatever killed the holder.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Lock {
  release(): Promise<void>;
}

const POLL_INTERVAL_MS = 500;

export async function tryLock(name: string): Promise<Lock | undefined> {
  const server = createServer();
  server.unref();
  server.listen(`\0artifactrelease/${name}`);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
  return {
    release: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Waits for the lock; `onWait` is called while another process holds it. */
export async function lock(name: string, onWait: () => void): Promise<Lock> {
  for (;;) {
    const held = await tryLock(name);
    if (held !== undefined) return held;
    onWait();
    await delay(POLL_INTERVAL_MS);
  }
}
