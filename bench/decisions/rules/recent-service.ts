import type { Look } from '../release.ts';

/** Five minutes. */
const LOOKS = 10;

/** Both sides together over the newest five minutes of looks. */
export class RecentService {
  readonly #bad = new Float64Array(LOOKS);
  readonly #total = new Float64Array(LOOKS);
  #next = 0;

  clear(): void {
    this.#bad.fill(0);
    this.#total.fill(0);
    this.#next = 0;
  }

  add(look: Look): void {
    this.#bad[this.#next] = look.bad + look.stableBad;
    this.#total[this.#next] = look.total + look.stableTotal;
    this.#next = (this.#next + 1) % LOOKS;
  }

  /** The bad ratio; infinite without requests, for then nothing is known. */
  badRatio(): number {
    const total = sum(this.#total);
    return total > 0 ? sum(this.#bad) / total : Number.POSITIVE_INFINITY;
  }
}

const sum = (values: Float64Array): number => {
  let all = 0;
  for (const value of values) all += value;
  return all;
};
