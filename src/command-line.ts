import { parseArgs } from 'node:util';
import { ConfigError } from './config-error.ts';

/** The text of --help. */
export const HELP = `Usage: artifactrelease [flags]

Runs the ArtifactRelease operator against the cluster of the current kubeconfig context, or of the pod it runs in.

Flags (each wins over the environment, which wins over the file):
  --config <file>         configuration file, YAML
  --namespace <name>, -n  namespace to watch; repeat it for several (default: all)
  --prometheus <url>      Prometheus named default, without authentication; replaces the one in the file
  --log-level <level>     trace, debug, info, warn, error, fatal or silent (default: info)
  --listen <host:port>    address of /metrics, /healthz and /readyz (default: :8080)
  --no-leader-election    run without a lease; only ever one process may do so
  --help, -h              this text
  --version               the version

Environment:
  CONFIG                  as --config
  LOG_LEVEL               as --log-level
  POD_NAMESPACE           namespace of the lease (default: that of the kubeconfig context or the pod)
  POD_NAME                name in the lease (default: the host name)

File, with the defaults where there are any:
  watchNamespaces: []
  leaderElection: {enabled: true, namespace: operators, name: artifactrelease}
  logLevel: info
  metricsAddress: ":8080"
  workers: 16                         # releases in work at once
  gracePeriod: 20s                    # for work in flight at the end; keep it below terminationGracePeriodSeconds
  protection:
    clusterId: prod1                  # whose keep tags are ours; default: made from the cluster's UID and watchNamespaces
    previousClusterIds: []            # what it was called before: records and tags of then are taken over; 4 at most
  sources:                            # what spec.analysis.source names
    default:
      url: https://mimir.example.com/prometheus
      timeout: 10s
      headers: {X-Scope-OrgID: shop}
      bearerTokenFile: /var/run/secrets/metrics/token
      basicAuth: {username: operator, passwordFile: /etc/metrics/password}    # or this
      tls: {caFile: /etc/metrics/ca.crt, certFile: /etc/metrics/tls.crt, keyFile: /etc/metrics/tls.key}
`;

/** What the flags say; absent where they say nothing. */
export interface CommandLine {
  readonly help: boolean;
  readonly version: boolean;
  readonly configFile?: string;
  readonly watchNamespaces?: readonly string[];
  readonly prometheusUrl?: string;
  readonly logLevel?: string;
  readonly metricsAddress?: string;
  readonly leaderElection: boolean;
}

/** Reads the flags, without the program's name in front. Throws ConfigError for one that does not exist. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = parseFlags(args);
  return {
    help: flags.help ?? false,
    version: flags.version ?? false,
    leaderElection: !(flags['no-leader-election'] ?? false),
    ...(flags.config !== undefined && { configFile: flags.config }),
    ...(flags.namespace !== undefined && { watchNamespaces: flags.namespace }),
    ...(flags.prometheus !== undefined && { prometheusUrl: flags.prometheus }),
    ...(flags['log-level'] !== undefined && { logLevel: flags['log-level'] }),
    ...(flags.listen !== undefined && { metricsAddress: flags.listen }),
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        namespace: { type: 'string', multiple: true, short: 'n' },
        prometheus: { type: 'string' },
        'log-level': { type: 'string' },
        listen: { type: 'string' },
        'no-leader-election': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${problem}. See artifactrelease --help`, { cause });
  }
}
