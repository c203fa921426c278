import { type Exit, type ProcessOptions, SupervisedProcess } from './processes.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_GRACE_PERIOD_MS = 10_000;

/** A server that a test can stop and start again: same command line, same address, same data. */
export class Daemon {
  readonly #options: ProcessOptions;
  readonly #isReady: () => Promise<boolean>;
  #process: SupervisedProcess | undefined;

  constructor(options: ProcessOptions, isReady: () => Promise<boolean>) {
    this.#options = options;
    this.#isReady = isReady;
  }

  async start(): Promise<void> {
    this.#process = new SupervisedProcess(this.#options);
    await this.#process.ready(this.#isReady, READY_TIMEOUT_MS);
  }

  async stop(): Promise<void> {
    await this.#process?.stop(STOP_GRACE_PERIOD_MS);
  }

  /** For data that is thrown away, and for tests of what a crash does. */
  async kill(): Promise<Exit | undefined> {
    return await this.#process?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}

/** A readiness check for plain HTTP: any 2xx will do. */
export function answers(url: string): () => Promise<boolean> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.ok;
  };
}
