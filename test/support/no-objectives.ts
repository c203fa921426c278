import type { ObjectiveReader } from '../../src/ports/objective-reader.ts';

/** For tests whose objectives are all written down in their release. */
export const noObjectives: ObjectiveReader = {
  read: async (_, { kind, name }) => Promise.reject(new Error(`not asked: ${kind} ${name}`)),
};
