import type { RegistryFailure } from '../../ports/registry-error.ts';
import type { Operation } from './http-exchange.ts';

/** A refused request. */
export interface Refused {
  readonly operation: Operation;
  readonly status: number;
  readonly codes: readonly string[];
  readonly words: string;
}

const WRITES: ReadonlySet<Operation> = new Set(['push', 'delete', 'upload', 'mount']);
const MISSING_CONTENT = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'];

const OF_RULE = /immutab|REGISTRY_DISALLOWED_OPERATION/i;

export const isWrite = (operation: Operation): boolean => WRITES.has(operation);

/** What only writes fail with; undefined for reads, and for what means the same to both. */
export function writeFailure({ operation, status, codes, words }: Refused): RegistryFailure | undefined {
  if (!isWrite(operation)) return undefined;
  // Rules about tags are answered with whatever status the registry finds fit; the word is common to all but Azure's.
  if ([400, 405, 409, 412].includes(status) && OF_RULE.test(words)) return 'Forbidden';
  if (codes.includes('UNSUPPORTED')) return 'Unsupported';
  // Distribution 2.8 takes no tag here, and says that it is no digest.
  if (operation === 'delete') return [400, 405, 409, 412].includes(status) ? 'Unsupported' : undefined;
  if (status === 405) return 'ReadOnly';
  if (status === 413) return 'TooLarge';
  const isMissing = operation === 'push' && codes.some((code) => MISSING_CONTENT.includes(code));
  return isMissing && (status === 400 || status === 404) ? 'MissingContent' : undefined;
}
