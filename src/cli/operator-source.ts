import { Agent } from 'undici';
import { retryBriefly } from '../adapters/http/brief-retry.ts';
import { ApiClient } from '../adapters/kubernetes/api-client.ts';
import { parseStatus } from '../adapters/kubernetes/kube-api-error.ts';
import { loadClusterAccess } from '../adapters/kubernetes/kube-config.ts';
import { resourcePath } from '../adapters/kubernetes/resource-path.ts';
import { readText } from '../adapters/kubernetes/response-body.ts';

const ENDPOINT = '/v1/protected-digests';
const SERVICE = { group: '', version: 'v1', resource: 'services' } as const;
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;
const USER_AGENT = 'kubectl-artifactrelease';

export const SOURCE_HELP = `  --from <source>     an operator: its URL, such as http://artifactrelease-operator.artifactrelease-system.svc:8080,
                      or context:<name>, reached through the API server of that kubeconfig context
                      (default: the current context)
  --namespace <name>  namespace of the operators that are reached through an API server
                      (default: artifactrelease-system)`;
export const DEFAULT_NAMESPACE = 'artifactrelease-system';

/** An operator that can be asked what it protects. */
export interface OperatorSource {
  /** As people wrote it. */
  readonly name: string;
  /** The answer as it is, not yet understood. Rejects when there is none, with the reason. */
  read(repository: string | undefined): Promise<unknown>;
}

/** Without `text`, the operator of the current context. Undefined for what is no source. */
export function parseSource(text: string | undefined, namespace: string): OperatorSource | undefined {
  if (text === undefined) return clusterSource('the current context', undefined, namespace);
  const [, context] = /^context:(.+)$/.exec(text) ?? [];
  if (context !== undefined) return clusterSource(text, context, namespace);
  if (!/^https?:\/\//.test(text)) return undefined;
  const url = URL.parse(text);
  return url === null ? undefined : urlSource(text, url);
}

/** Through the service proxy: whoever may use it needs no other way into the cluster. */
function clusterSource(name: string, context: string | undefined, namespace: string): OperatorSource {
  const service = resourcePath(SERVICE, {
    ...{ namespace, name: 'http:artifactrelease-operator:http', subresource: 'proxy' },
  });
  return {
    name,
    async read(repository) {
      const access = await loadClusterAccess(context === undefined ? {} : { context });
      const client = new ApiClient({ access, userAgent: USER_AGENT });
      try {
        const query = { format: 'json', repository };
        return await client.get(`${service}${ENDPOINT}`, { query, timeoutMs: TIMEOUT_MS });
      } finally {
        await client.close();
      }
    },
  };
}

function urlSource(name: string, base: URL): OperatorSource {
  return {
    name,
    async read(repository) {
      const agent = new Agent({ connect: { timeout: TIMEOUT_MS } });
      try {
        // Several replicas share an address, and one that stands by or has just started knows nothing: the next may.
        return await retryBriefly(() => readUrl(agent, endpointBelow(base, repository)), {
          ...{ isTransient: () => true, signal: AbortSignal.timeout(TIMEOUT_MS), random: Math.random },
        });
      } finally {
        await agent.destroy();
      }
    },
  };
}

async function readUrl(dispatcher: Agent, url: URL): Promise<unknown> {
  const { body, statusCode } = await dispatcher.request({
    ...{ origin: url.origin, path: `${url.pathname}${url.search}`, method: 'GET' },
    headers: { accept: 'application/json', 'user-agent': USER_AGENT },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // A connection leads to one replica.
    reset: true,
  });
  const text = await readText(body, MAX_BYTES);
  if (statusCode !== 200) {
    const { message, reason } = parseStatus(text);
    throw new Error([`it answers ${statusCode}`, reason, message].filter(Boolean).join(': '));
  }
  return JSON.parse(text);
}

function endpointBelow(base: URL, repository: string | undefined): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '').replace(ENDPOINT, '')}${ENDPOINT}`;
  url.searchParams.set('format', 'json');
  if (repository !== undefined) url.searchParams.set('repository', repository);
  return url;
}
