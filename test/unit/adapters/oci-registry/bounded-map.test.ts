import { expect, it } from 'vitest';
import { BoundedMap } from '../../../../src/adapters/oci-registry/bounded-map.ts';

it('forgets what was used least recently', () => {
  const map = new BoundedMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3]);
});
