import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Doubtful } from '../../domain/verification/case-file.ts';
import type { CollectedEvidence } from './collect-evidence.ts';
import type { EvidenceAnswer, EvidenceJob } from './evidence-thread.ts';

/** Runs as source and as build. */
const THREAD = new URL(`./evidence-thread${extname(import.meta.filename)}`, import.meta.url);

export interface EvidenceWorkerOptions {
  /** Longest time for one artifact, in milliseconds. */
  readonly timeoutMs: number;
  /** Heap of the thread in MiB; what needs more is not verified. */
  readonly maxHeapMb: number;
}

export type EvidenceResult =
  | { readonly known: true; readonly collected: CollectedEvidence }
  | ({ readonly known: false } & Doubtful);

const DEFAULTS: EvidenceWorkerOptions = { timeoutMs: 60_000, maxHeapMb: 512 };

/**
 * Collects evidence in a thread, one artifact after the other: a bill of materials of 20 MB takes the processor for
 * half a second, and reconciling must not wait for it. What kills the thread costs one answer, not the operator.
 */
export class EvidenceWorker {
  readonly #options: EvidenceWorkerOptions;
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: Partial<EvidenceWorkerOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Never throws: without an answer nothing is known. Ends early, without one, when the signal says so. */
  async collect(job: EvidenceJob, signal: AbortSignal): Promise<EvidenceResult> {
    const result = this.#last.then(() => this.#run(job, signal));
    this.#last = result;
    return await result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#stop();
  }

  async #run(job: EvidenceJob, signal: AbortSignal): Promise<EvidenceResult> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    try {
      limit.throwIfAborted();
      const answer = await ask(this.#started(), job, limit);
      return 'collected' in answer ? { known: true, collected: answer.collected } : failed(answer.problem);
    } catch (error) {
      // It may be in the middle of something, and its next message would be taken for the answer to another job.
      await this.#stop();
      return failed(limit.aborted && !signal.aborted ? this.#tookTooLong() : textOf(error));
    }
  }

  #tookTooLong(): string {
    return `it took longer than ${this.#options.timeoutMs / 1000} s`;
  }

  #started(): Worker {
    this.#thread ??= new Worker(THREAD, {
      resourceLimits: { maxOldGenerationSizeMb: this.#options.maxHeapMb },
    });
    this.#thread.unref();
    return this.#thread;
  }

  async #stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

/** Its answer; throws when it dies first, or when the signal says so. */
async function ask(thread: Worker, job: EvidenceJob, limit: AbortSignal): Promise<EvidenceAnswer> {
  const over = new AbortController();
  const signal = AbortSignal.any([limit, over.signal]);
  const answered = once(thread, 'message', { signal });
  const ended = once(thread, 'exit', { signal }).then(() => {
    throw new Error('the thread has ended');
  });
  thread.postMessage(job);
  try {
    const [answer] = await Promise.race([answered, ended]);
    return answer as EvidenceAnswer;
  } finally {
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
