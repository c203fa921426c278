import type { Dispatcher } from 'undici';

/** How to reach one API server and as whom. */
export interface ClusterAccess {
  /** Base address without a trailing slash, for example `https://10.96.0.1:443`. */
  readonly server: string;
  /** The namespace of the current context or of the pod's service account. */
  readonly namespace: string;
  /** The one connection pool that every request and watch shares. */
  readonly dispatcher: Dispatcher;
  /** Fresh authentication headers. May read files or start a credential plugin: cache its answer. */
  authenticate(): Promise<Readonly<Record<string, string>>>;
}
