/** The smallest value that at least `q` (0 to 1) of the values do not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export const round = (value: number, decimals = 1): number => Number(value.toFixed(decimals));
