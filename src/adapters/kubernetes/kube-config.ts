/**
 * The only file that imports @kubernetes/client-node: it costs 85 MB of resident memory, once, and gives
 * every way of finding a cluster and of authenticating that kubectl knows. Requests do not go through it.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Cluster,
  type ConnectOptions,
  type DispatcherOptions,
  HttpMethod,
  KubeConfig,
  RequestContext,
} from '@kubernetes/client-node';
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { ClusterAccess } from './cluster-access.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Below the API server's own 90 s, above the 5 s between lease renewals: an idle operator keeps one connection. */
const KEEP_ALIVE_MS = 60_000;
const AGENT_OPTIONS = { allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS } as const;

type AgentOptions = Parameters<KubeConfig['createDispatcherOptions']>[1];

/**
 * KubeConfig makes a new Agent for every authentication. This one hands out its TLS options instead, through
 * the seam it has for tests, and answers `none` so that no Agent is made.
 */
class ObservedKubeConfig extends KubeConfig {
  dispatcherOptions: DispatcherOptions = { type: 'none' };

  override createDispatcherOptions(cluster: Cluster | null, options: AgentOptions): DispatcherOptions {
    this.dispatcherOptions = super.createDispatcherOptions(cluster, options);
    return { type: 'none' };
  }
}

/** Where to find the configuration; with neither field, as kubectl does, then the pod's service account. */
export interface KubeConfigSource {
  readonly file?: string;
  readonly context?: string;
}

/**
 * Loads the configuration and authenticates once, so that a wrong one fails at start.
 * Throws when there is no such file, context or cluster, or when it asks for a SOCKS proxy.
 */
export async function loadClusterAccess(source: KubeConfigSource = {}): Promise<ClusterAccess> {
  const config = new ObservedKubeConfig();
  if (source.file === undefined) config.loadFromDefault();
  else config.loadFromFile(source.file);
  if (source.context !== undefined) config.setCurrentContext(source.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`no cluster in context ${config.getCurrentContext()}`);
  const server = cluster.server.replace(/\/+$/, '');
  const authenticate = async (): Promise<Record<string, string>> => {
    const context = new RequestContext(server, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    return context.getHeaders();
  };
  await authenticate();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  return { server, namespace, authenticate, dispatcher: createDispatcher(config) };
}

function createDispatcher(config: ObservedKubeConfig): Dispatcher {
  const options = config.dispatcherOptions;
  if (options.type === 'socks') throw new Error('SOCKS proxies are not supported; use an HTTP proxy');
  if (options.type === 'proxy') {
    return new ProxyAgent({
      ...AGENT_OPTIONS,
      uri: options.uri,
      requestTls: toBuildOptions(options.requestTls),
    });
  }
  return new Agent({ ...AGENT_OPTIONS, connect: currentConnector(config) });
}

/** Connects with the TLS material of the last authentication, so that rotated files need no restart. */
function currentConnector(config: ObservedKubeConfig): buildConnector.connector {
  let built: { readonly from: DispatcherOptions; readonly connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    const from = config.dispatcherOptions;
    if (built === undefined || !isDeepStrictEqual(built.from, from)) {
      built = { from, connect: buildConnector(toBuildOptions(from.type === 'agent' ? from.connect : {})) };
    }
    built.connect(options, callback);
  };
}

/** The cluster says whom to trust; address and timeout are ours. */
function toBuildOptions({ port: _port, ...tls }: ConnectOptions): buildConnector.BuildOptions {
  return { ...tls, allowH2: false, timeout: CONNECT_TIMEOUT_MS };
}
