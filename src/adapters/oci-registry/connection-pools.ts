import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type ProxySettings, proxyFor } from './proxy-settings.ts';

/** Connections to one host are requests in flight: a hundred releases verified at once queue up in here. */
const MAX_CONNECTIONS = 8;

/** A host that is down should leave time for a mirror, or for another try. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Whether streams are sent. */
export type PoolUse = 'calls' | 'uploads';

/**
 * The connections to all registries, their realms and the storage behind them. One pool for all that trust the same
 * authorities and take the same way, created when it is first needed.
 *
 * Uploads have pools of their own: each reads from a registry, perhaps the same, while it writes, so that as many
 * uploads as there are connections would wait for each other.
 */
export class ConnectionPools {
  readonly #proxies: ProxySettings;
  readonly #answerTimeoutMs: number;
  readonly #pools = new Map<string, Dispatcher>();

  /** `answerTimeoutMs` is the longest wait for the header of an answer, and for each part of its body. */
  constructor(proxies: ProxySettings, answerTimeoutMs: number) {
    this.#proxies = proxies;
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  /** The pool for `url`; `ca` holds certificates, PEM, that are trusted besides those of the system. */
  for(url: URL, ca: string | undefined, use: PoolUse): Dispatcher {
    const proxy = proxyFor(this.#proxies, url);
    const trust = ca === undefined ? 'system' : createHash('sha256').update(ca).digest('hex');
    const key = `${use} ${trust} ${proxy ?? 'direct'}`;
    const pool = this.#pools.get(key) ?? this.#create(proxy, ca, use);
    this.#pools.set(key, pool);
    return pool;
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #create(proxy: string | undefined, ca: string | undefined, use: PoolUse): Dispatcher {
    const tls = ca === undefined ? {} : { secureContext: trusting(ca) };
    const options = {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      // A registry may move a large blob about before it answers; the time limit of the call is what ends it.
      headersTimeout: use === 'uploads' ? 0 : this.#answerTimeoutMs,
      bodyTimeout: this.#answerTimeoutMs,
    };
    return proxy === undefined
      ? new Agent({ ...options, connect: { timeout: CONNECT_TIMEOUT_MS, ...tls } })
      : new ProxyAgent({
          ...options,
          uri: proxy,
          connectTimeout: CONNECT_TIMEOUT_MS,
          requestTls: tls,
          proxyTls: tls,
        });
  }
}

/** Once for a pool: made anew for each connection, a hundred and fifty authorities would be parsed each time. */
const trusting = (ca: string) => createSecureContext({ ca: [...getCACertificates('default'), ca] });
