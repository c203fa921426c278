import type { Identified } from '../../src/controller/list-watcher.ts';

/** The smallest cached object with something to say. */
export interface TestObject extends Identified {
  readonly colour: string;
}

/** An object of a namespaced kind; each part can be given. */
export function anObject(overrides: {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly colour?: string;
}): TestObject {
  const { name, namespace = 'shop', uid = `uid-${name}`, resourceVersion = '1', colour = 'blue' } = overrides;
  return { metadata: { name, namespace, uid, resourceVersion }, colour };
}
