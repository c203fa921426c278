/** Fewer clusters than this are summed one by one: that costs less than one gamma variate. */
const FEW = 16;

/** From this mean on a rejection costs less than a search from 0. Hörmann's constants hold from 10 on. */
const LARGE_MEAN = 10;

/**
 * Exact samples that are the same in every run. The generator is sfc32 (Chris Doty-Humphrey, PractRand, public
 * domain): 128 bits of state, so that a million releases with a stream each do not overlap.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** Starts the stream that belongs to these three whole numbers. */
  seed(world: number, release: number, stream: number): this {
    this.#a = world | 0;
    this.#b = release | 0;
    this.#c = stream | 0;
    this.#counter = 1;
    for (let round = 0; round < 15; round += 1) this.uniform();
    return this;
  }

  /** In (0, 1), both ends excluded. */
  uniform(): number {
    const mixed = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + mixed) | 0;
    return ((mixed >>> 0) + 0.5) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.uniform();
  }

  /** A whole number from 0 to `below` − 1. */
  index(below: number): number {
    return Math.floor(below * this.uniform());
  }

  /** Events of which `mean` >= 0 are expected. Source: by inversion where they are few, else PTRS. */
  poisson(mean: number): number {
    if (mean >= LARGE_MEAN) return this.#rejectedPoisson(mean);
    if (mean <= 0) return 0;
    let chance = Math.exp(-mean);
    let left = this.uniform();
    let events = 0;
    while (left > chance) {
      left -= chance;
      events += 1;
      chance *= mean / events;
    }
    return events;
  }

  /** Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS. */
  #rejectedPoisson(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const always = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const events = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= always) return events;
      if (events < 0 || (us < 0.013 && v > us)) continue;
      const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
      const proposed = Math.log((v * inverseAlpha) / (a / (us * us) + b));
      if (proposed <= events * Math.log(mean) - mean - logFactorial(events)) return events;
    }
  }

  /**
   * Members of `clusters` clusters whose sizes are geometric on 1, 2, … with this mean. Their sum beyond the first
   * members is negative binomial, which is a Poisson of a gamma-distributed mean.
   */
  members(clusters: number, meanSize: number): number {
    if (meanSize <= 1 || clusters === 0) return clusters;
    if (clusters >= FEW) return clusters + this.poisson(this.#gamma(clusters) * (meanSize - 1));
    const logStay = Math.log1p(-1 / meanSize);
    let members = clusters;
    for (let cluster = 0; cluster < clusters; cluster += 1)
      members += Math.floor(Math.log(this.uniform()) / logStay);
    return members;
  }

  /** Shape >= 1, scale 1. Marsaglia & Tsang, "A simple method for generating gamma variables" (2000). */
  #gamma(shape: number): number {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.#normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Box & Muller (1958). */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

const SMALL_FACTORIALS: readonly number[] = Array.from({ length: 20 }, (_, n) => {
  let log = 0;
  for (let factor = 2; factor <= n; factor += 1) log += Math.log(factor);
  return log;
});

/** ln n! of a whole number >= 0, to 1e-10: from 20 on by Stirling's series. */
export function logFactorial(n: number): number {
  const small = SMALL_FACTORIALS[n];
  if (small !== undefined) return small;
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
