interface Weighted {
  readonly name: string;
  readonly weight?: number;
}

/**
 * Smooth weighted round robin, as nginx does it: the shares are exact over every full round and spread evenly
 * within it, so that a short test sees the weights and not the luck of a draw.
 */
export class WeightedRoundRobin {
  readonly #credit = new Map<string, number>();

  /** Undefined when nothing has any weight. */
  next<T extends Weighted>(choices: readonly T[]): T | undefined {
    let total = 0;
    let best: T | undefined;
    for (const choice of choices) {
      const { name, weight = 1 } = choice;
      if (weight === 0) continue;
      total += weight;
      this.#credit.set(name, this.#creditOf(name) + weight);
      if (best === undefined || this.#creditOf(name) > this.#creditOf(best.name)) best = choice;
    }
    if (best !== undefined) this.#credit.set(best.name, this.#creditOf(best.name) - total);
    return best;
  }

  #creditOf(name: string): number {
    return this.#credit.get(name) ?? 0;
  }
}
