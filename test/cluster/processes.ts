// Child processes that cannot outlive this one.
//
// Each is started by a shell that first leaves a watchdog behind, in the same process group, blocked on a pipe
// whose other end only this process holds. However this process ends, SIGKILL included, the kernel closes the
// pipe, and the watchdog kills the group.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const START_SCRIPT = '(read -r _ <&3; kill -s KILL -- "-$$") & exec "$@" 3<&-';
const READY_POLL_MS = 50;
const QUOTED_LOG_LINES = 20;

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Receives stdout and stderr, appended. */
  readonly logFile: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class SupervisedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #exit: Exit | undefined;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
    const log = openSync(options.logFile, 'a');
    this.#child = spawn('sh', ['-c', START_SCRIPT, options.name, options.command, ...(options.args ?? [])], {
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
      ...(options.env !== undefined && { env: options.env }),
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    closeSync(log);
    this.exited = this.#watchExit();
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Resolves once the process is gone, and every process of its group with it. */
  async stop(gracePeriodMs: number): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const grace = new AbortController();
    const killer = delay(gracePeriodMs, undefined, { signal: grace.signal }).then(
      () => this.kill(),
      () => undefined,
    );
    const exit = await this.exited;
    grace.abort();
    await killer;
    return exit;
  }

  async kill(): Promise<Exit> {
    if (this.#exit === undefined && this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    return await this.exited;
  }

  /** Polls until `isReady` says so; an exit or the time-out is an error that quotes the end of the log. */
  async ready(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await isReady().catch(() => false))) {
      if (this.#exit !== undefined) throw await this.failure(`exited (${describeExit(this.#exit)})`);
      if (Date.now() > deadline) throw await this.failure(`is not ready after ${timeoutMs / 1000} s`);
      await delay(READY_POLL_MS);
    }
  }

  #watchExit(): Promise<Exit> {
    return new Promise((resolve) => {
      const finish = (code: number | null, signal: NodeJS.Signals | null) => {
        // Wakes the watchdog, which ends itself and whatever is left of the group.
        this.#child.stdio[3]?.destroy();
        this.#exit = { code, signal };
        resolve(this.#exit);
      };
      this.#child.once('exit', finish);
      this.#child.once('error', () => finish(127, null));
    });
  }

  /** An error that quotes the end of the log. */
  async failure(what: string): Promise<Error> {
    const log = await readFile(this.logFile, 'utf8');
    const end = log.trimEnd().split('\n').slice(-QUOTED_LOG_LINES).join('\n');
    return new Error(`${this.name} ${what}; the end of ${this.logFile}:\n${end}`);
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `code ${code}` : signal;
}
