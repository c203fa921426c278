import { describe, expect, it } from 'vitest';
import { Store, type StoreDelta } from '../../../src/controller/store.ts';
import { anObject, type TestObject } from '../../support/objects.ts';

function aStore() {
  const errors: unknown[] = [];
  const deltas: StoreDelta<TestObject>[] = [];
  const store = new Store<TestObject, 'colour'>({
    indexes: { colour: (object) => [object.colour] },
    onListenerError: (error) => errors.push(error),
  });
  store.subscribe((delta) => deltas.push(delta));
  const changes = () => deltas.splice(0).map(({ type, key }) => `${type} ${key}`);
  return { store, errors, changes };
}

describe('Store', () => {
  it('finds objects by key and by index', () => {
    const { store } = aStore();
    const red = anObject({ name: 'a', colour: 'red' });
    store.replace([red, anObject({ name: 'b' })]);
    expect(store.get('shop/a')).toBe(red);
    expect(store.byIndex('colour', 'red')).toEqual([red]);
    expect(store.byIndex('colour', 'green')).toEqual([]);
    expect(store.list()).toHaveLength(2);
  });

  it('files a changed object anew', () => {
    const { store } = aStore();
    store.put(anObject({ name: 'a', colour: 'red' }));
    store.put(anObject({ name: 'a', colour: 'green', resourceVersion: '2' }));
    expect(store.byIndex('colour', 'red')).toEqual([]);
    expect(store.byIndex('colour', 'green')).toHaveLength(1);
    store.delete('shop/a');
    expect(store.byIndex('colour', 'green')).toEqual([]);
  });

  it('tells what a replacement changed, key by key, and nothing about what it did not', () => {
    const { store, changes } = aStore();
    store.replace([anObject({ name: 'same' }), anObject({ name: 'changed' }), anObject({ name: 'gone' })]);
    changes();
    store.replace([
      anObject({ name: 'same' }),
      anObject({ name: 'changed', resourceVersion: '2' }),
      anObject({ name: 'new' }),
    ]);
    expect(changes().sort()).toEqual(['added shop/new', 'deleted shop/gone', 'updated shop/changed']);
  });

  it.each(['put', 'replace'] as const)('sees deletion and creation under one name on %s', (method) => {
    const { store, changes } = aStore();
    store.put(anObject({ name: 'a', uid: 'first' }));
    changes();
    const second = anObject({ name: 'a', uid: 'second', resourceVersion: '9' });
    if (method === 'put') store.put(second);
    else store.replace([second]);
    expect(changes()).toEqual(['deleted shop/a', 'added shop/a']);
  });

  it('shows listeners the whole replacement, never half of it', () => {
    const { store } = aStore();
    const seen: number[] = [];
    store.subscribe(() => seen.push(store.list().length));
    store.replace([anObject({ name: 'a' }), anObject({ name: 'b' })]);
    expect(seen).toEqual([2, 2]);
  });

  it('reports a listener that throws and goes on', () => {
    const { store, errors, changes } = aStore();
    store.subscribe(() => {
      throw new Error('listener is broken');
    });
    store.put(anObject({ name: 'a' }));
    expect(errors).toHaveLength(1);
    expect(changes()).toEqual(['added shop/a']);
    expect(store.get('shop/a')).toBeDefined();
  });

  it('stops telling a listener that has unsubscribed', () => {
    const { store } = aStore();
    let calls = 0;
    const unsubscribe = store.subscribe(() => {
      calls += 1;
    });
    unsubscribe();
    store.put(anObject({ name: 'a' }));
    expect(calls).toBe(0);
  });

  it('freezes what it holds, deeply', () => {
    const { store } = aStore();
    store.put(anObject({ name: 'a' }));
    expect(Object.isFrozen(store.get('shop/a')?.metadata)).toBe(true);
  });

  it('ignores the deletion of an object it does not hold', () => {
    const { store, changes } = aStore();
    store.delete('shop/a');
    expect(changes()).toEqual([]);
  });
});
