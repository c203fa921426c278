export type Fate = 'lives' | Death;
export type Death = 'dies before' | 'dies after';

/** Which writes are the last of their process, and whether such a write still happens. */
export class Fates {
  /** Death by number of the write, counted over all processes. */
  readonly planned = new Map<number, Death>();
  #writes = 0;
  #crashIn = Number.POSITIVE_INFINITY;
  #death: Death = 'dies before';

  /** After so many more writes the process dies. */
  crash(inWrites: number, death: Death): void {
    this.#crashIn = inWrites;
    this.#death = death;
  }

  spare(): void {
    this.#crashIn = Number.POSITIVE_INFINITY;
  }

  /** Of the write that is about to be made. */
  next(): Fate {
    const planned = this.planned.get(this.#writes++);
    if (planned) return planned;
    if (this.#crashIn-- > 0) return 'lives';
    this.spare();
    return this.#death;
  }
}
