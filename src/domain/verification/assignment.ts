/**
 * The largest number of keys that can be given a value each, no value twice: a maximum matching, by augmenting paths.
 * So two authorities that trust one and the same signer count once, whichever way one counts.
 */
export function largestAssignment<K, V>(choices: ReadonlyMap<K, ReadonlySet<V>>): number {
  const holder = new Map<V, K>();
  const place = (key: K, tried: Set<V>): boolean => {
    for (const value of choices.get(key) ?? []) {
      if (tried.has(value)) continue;
      tried.add(value);
      const other = holder.get(value);
      if (other === undefined || place(other, tried)) {
        holder.set(value, key);
        return true;
      }
    }
    return false;
  };
  return [...choices.keys()].filter((key) => place(key, new Set())).length;
}
