import type { Identified } from '../../controller/list-watcher.ts';
import type { Store } from '../../controller/store.ts';

/** One namespace's share of a store, for a reflector that lists that namespace alone. */
export function namespaceShare<T extends Identified, Index extends string>(
  store: Store<T, Index>,
  namespace: string,
): Pick<Store<T, Index>, 'put' | 'delete' | 'replace'> {
  return {
    put: (object) => store.put(object),
    delete: (key) => store.delete(key),
    replace: (objects) =>
      store.replace([...objects, ...store.list().filter(({ metadata }) => metadata.namespace !== namespace)]),
  };
}
