import type { Identified } from '../../controller/list-watcher.ts';
import type { Store } from '../../controller/store.ts';

/** What one reflector lists of a store of which others list the rest. */
export function storeShare<T extends Identified, Index extends string>(
  store: Store<T, Index>,
  isListed: (object: T) => boolean,
): Pick<Store<T, Index>, 'put' | 'delete' | 'replace'> {
  return {
    put: (object) => store.put(object),
    delete: (key) => store.delete(key),
    replace: (objects) => store.replace([...objects, ...store.list().filter((object) => !isListed(object))]),
  };
}
