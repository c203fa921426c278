/** One entry of a Secret or ConfigMap. */
export interface EntryRef {
  readonly name: string;
  readonly key: string;
}

/** What authorities name. Each rejects when the API server cannot be asked, and resolves to undefined for what is not there. */
export interface AuthorityMaterialReader {
  /** Public keys, PEM, from a Secret. */
  publicKeys(namespace: string, ref: EntryRef, signal: AbortSignal): Promise<string | undefined>;
  /** A trusted root, JSON, from a ConfigMap. */
  trustedRoot(namespace: string, ref: EntryRef, signal: AbortSignal): Promise<string | undefined>;
}
