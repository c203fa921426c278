import type { RepositoryWriter, WritableRegistry } from '../../src/ports/registry-writer.ts';

/** As long as an operator lives: so many registry requests more, and then nothing that it does reaches anybody. */
export class Lifeline {
  readonly #dying = new AbortController();
  #requests = Number.POSITIVE_INFINITY;

  /** The last of them reaches the registry, and its answer nobody. */
  limit(requests: number): void {
    this.#requests = requests;
  }

  get signal(): AbortSignal {
    return this.#dying.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  async spend<T>(request: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    this.#requests -= 1;
    const answer = await request();
    if (this.#requests <= 0) this.#dying.abort(new Error('the operator is gone'));
    this.signal.throwIfAborted();
    return answer;
  }

  /** The registry as this operator reaches it. */
  registry(whole: WritableRegistry): WritableRegistry {
    return {
      openForWriting: (repository, access) => this.#writer(whole.openForWriting(repository, access)),
    };
  }

  #writer(whole: RepositoryWriter): RepositoryWriter {
    return {
      repository: whole.repository,
      manifest: (...args) => this.spend(() => whole.manifest(...args)),
      held: (...args) => this.spend(() => whole.held(...args)),
      tagged: (...args) => this.spend(() => whole.tagged(...args)),
      tags: (...args) => this.spend(() => whole.tags(...args)),
      referrersByApi: (...args) => this.spend(() => whole.referrersByApi(...args)),
      hasBlob: (...args) => this.spend(() => whole.hasBlob(...args)),
      checkBlob: (...args) => this.spend(() => whole.checkBlob(...args)),
      put: (...args) => this.spend(() => whole.put(...args)),
      deleteTag: (...args) => this.spend(() => whole.deleteTag(...args)),
      deleteManifest: (...args) => this.spend(() => whole.deleteManifest(...args)),
      mountBlob: (...args) => this.spend(() => whole.mountBlob(...args)),
      copyBlob: (...args) => this.spend(() => whole.copyBlob(...args)),
      readBlob: (...args) => whole.readBlob(...args),
    };
  }
}
