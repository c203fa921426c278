import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';

const REMOVE_FOLDER_ON_EOF = 'read -r _ <&3; sleep 1; rm -rf -- "$1"';

/** A folder that goes when this process goes, however that happens. */
export class TemporaryFolder {
  readonly path: string;
  readonly #watchdog: ChildProcess;

  private constructor(path: string) {
    this.path = path;
    this.#watchdog = removeAfterDeath(path);
  }

  /** `prefix` is the beginning of its path, as for mkdtemp. */
  static async create(prefix: string): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(prefix));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    this.#watchdog.stdio[3]?.destroy();
  }
}

/** The same watchdog as that of processes.ts: reads a pipe until this process is gone. */
function removeAfterDeath(directory: string): ChildProcess {
  const watchdog = spawn('sh', ['-c', REMOVE_FOLDER_ON_EOF, 'remove-folder', directory], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  watchdog.unref();
  return watchdog;
}
