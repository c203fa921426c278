import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { ArtifactContents } from '../../ports/artifact-contents.ts';
import type { EvidenceCollector, EvidenceResult, ReadAuthority } from '../../ports/evidence-collector.ts';
import type { EvidenceAnswer, EvidenceJob } from './evidence-process.ts';
import { resolveAll } from './resolve-authority.ts';
import { publicGoodRoot } from './shipped-root.ts';

/** Runs as source and as build. */
const PROGRAM = join(import.meta.dirname, `evidence-process${extname(import.meta.filename)}`);

export interface IsolatedEvidenceOptions {
  /** Longest time for one artifact, in milliseconds. */
  readonly timeoutMs: number;
  /** Heap of the process in MiB; what needs more is not verified. */
  readonly maxHeapMb: number;
  /** The trusted root of the public-good instance, as JSON, as it is now; called only where it is needed. */
  readonly publicGoodRoot: () => string;
}

const DEFAULTS: IsolatedEvidenceOptions = { timeoutMs: 60_000, maxHeapMb: 768, publicGoodRoot };

/** An operator that has nothing to examine keeps no process for it; in ms. */
const IDLE_MS = 60_000;

/**
 * Collects evidence in another process, one artifact after the other. A bill of materials of 20 MB takes the processor
 * for half a second, and reconciling must not wait for it. It is a process, for a thread that runs out of memory
 * aborts the whole operator; here, content that was made to do that costs one answer.
 */
export class IsolatedEvidence implements EvidenceCollector {
  readonly #options: IsolatedEvidenceOptions;
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(options: Partial<IsolatedEvidenceOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  async collect(
    contents: ArtifactContents,
    asked: readonly ReadAuthority[],
    signal: AbortSignal,
  ): Promise<EvidenceResult> {
    const { authorities, unavailable } = resolveAll(asked, this.#options.publicGoodRoot);
    const result = this.#last.then(() => this.#run({ contents, authorities }, signal));
    this.#last = result;
    const answer = await result;
    if (!answer.known) return answer;
    const all = new Map([...unavailable, ...answer.collected.unavailable]);
    return { known: true, collected: { ...answer.collected, unavailable: all } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#stop();
  }

  async #run(job: EvidenceJob, signal: AbortSignal): Promise<EvidenceResult> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    clearTimeout(this.#idle);
    try {
      limit.throwIfAborted();
      const answer = await ask(this.#started(), job, limit);
      return 'collected' in answer ? { known: true, collected: answer.collected } : failed(answer.problem);
    } catch (error) {
      // It may be in the middle of something, and its next message would be taken for the answer to another job.
      this.#stop();
      return failed(limit.aborted && !signal.aborted ? this.#tookTooLong() : textOf(signal.reason ?? error));
    } finally {
      this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
    }
  }

  #tookTooLong(): string {
    return `it took longer than ${this.#options.timeoutMs / 1000} s`;
  }

  #started(): ChildProcess {
    if (this.#process?.connected) return this.#process;
    this.#process = fork(PROGRAM, [], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${this.#options.maxHeapMb}`],
      // Nothing is written there but the trace of a crash, which its exit code tells as well.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.unref();
    this.#process.channel?.unref();
    return this.#process;
  }

  #stop(): void {
    clearTimeout(this.#idle);
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

/** Its answer; throws when it dies first, or when the signal says so. */
async function ask(child: ChildProcess, job: EvidenceJob, limit: AbortSignal): Promise<EvidenceAnswer> {
  const over = new AbortController();
  const signal = AbortSignal.any([limit, over.signal]);
  const answered = once(child, 'message', { signal });
  const ended = once(child, 'exit', { signal }).then(([code, killer]) => {
    throw new Error(
      `the process that examines it has died (${killer ?? `exit code ${code}`}), out of memory for one`,
    );
  });
  child.send(job);
  child.channel?.ref();
  try {
    const [answer] = await Promise.race([answered, ended]);
    return answer as EvidenceAnswer;
  } finally {
    child.channel?.unref();
    for (const loser of [answered, ended]) loser.catch(() => undefined);
    over.abort();
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failed = (problem: string): EvidenceResult => ({
  known: false,
  reason: 'VerifierFailed',
  message: `what is attached could not be examined: ${problem}`,
});
