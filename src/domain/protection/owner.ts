import { createHash } from 'node:crypto';
import type { Owner } from './keep-tag.ts';

export interface OwnerClaims {
  /** UID of the namespace kube-system. */
  readonly clusterUid: string;
  /** Empty for all. */
  readonly watchNamespaces: readonly string[];
  /** Said by whoever runs the operator; checked by the schema of the configuration. */
  readonly configured: Owner | undefined;
}

/**
 * Whose tags the operator may touch. Several operators of one cluster, for some namespaces each, are an owner each: one
 * would give up the tags of the others, for it knows none of their releases.
 */
export function ownerOf({ clusterUid, watchNamespaces, configured }: OwnerClaims): Owner {
  if (configured !== undefined) return configured;
  if (watchNamespaces.length > 0) return hashOf([clusterUid, ...new Set([...watchNamespaces].sort())]);
  // A UID looks like this everywhere, but the API does not promise it.
  return /^[a-f0-9]{8}/.exec(clusterUid)?.[0] ?? hashOf([clusterUid]);
}

const hashOf = (parts: readonly string[]): Owner =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
