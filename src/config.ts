import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parse } from 'yaml';
import { z } from 'zod';
import { PrometheusConfig } from './adapters/prometheus/prometheus-config.ts';
import { DnsLabel, Duration } from './api/scalars.ts';
import type { CommandLine } from './command-line.ts';
import { ConfigError } from './config-error.ts';
import { OWNER } from './domain/protection/keep-tag.ts';
import { milliseconds } from './domain/time.ts';
import { LOG_LEVELS } from './telemetry/logger.ts';

const Name = z.string().refine((text) => DnsLabel.safeParse(text).success, {
  message: 'must be a Kubernetes name: lower-case letters, digits and dashes, at most 63 characters',
});

/** `host:port`, `:port` for all interfaces, `[::1]:port` for IPv6. Port 0 takes a free one. */
const ListenAddress = z.string().transform((text, context) => {
  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]/\s]*)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(match?.port);
  if (match !== undefined && port <= 65_535) {
    const host = match.ipv6 ?? match.name ?? '';
    return host === '' ? { port } : { host, port };
  }
  context.issues.push({ code: 'custom', message: 'must be host:port, such as :8080', input: text });
  return z.NEVER;
});

const LeaderElection = z
  .strictObject({
    /** Without it, two operators would both act. */
    enabled: z.boolean().default(true),
    /** Of the lease. Absent: that of the kubeconfig context, or of the pod. */
    namespace: Name.optional(),
    name: Name.default('artifactrelease'),
    /** Unique to this process. */
    identity: z.string().min(1).max(253),
  })
  .readonly();

const Verification = z
  .strictObject({
    /** Whether a root of the public-good Sigstore that is used is kept up to date from its mirror. */
    publicGoodRefresh: z.boolean().default(true),
  })
  .readonly();

const ClusterId = z
  .string()
  .regex(OWNER, { message: 'must be 4 to 16 lower-case letters and digits, such as prod1' });

const Protection = z
  .strictObject({
    /** Whose keep tags are put and given up. Absent: made from the UID of the cluster and `watchNamespaces`. */
    clusterId: ClusterId.optional(),
    /** What this operator was called before: its tags of that time are its own. */
    previousClusterIds: z.array(ClusterId).max(4).readonly().default([]),
  })
  .readonly();

/** The operator's configuration. Frozen: nothing about a running operator changes without a restart. */
const Config = z
  .strictObject({
    /** Namespaces whose releases are acted on; empty for all. */
    watchNamespaces: z.array(Name).max(64).readonly().default([]),
    leaderElection: LeaderElection,
    logLevel: z.enum(LOG_LEVELS).default('info'),
    metricsAddress: ListenAddress.readonly().prefault(':8080'),
    /** Where the Secrets and ConfigMaps are that an ArtifactPolicy names. Absent: as for the lease. */
    namespace: Name.optional(),
    verification: Verification.prefault({}),
    protection: Protection.prefault({}),
    /** Releases in work at once. */
    workers: z.int().min(1).max(256).default(16),
    /** Longest wait, at the end, for work in flight. */
    gracePeriod: z
      .string()
      .refine((text) => Duration.safeParse(text).success, { message: 'must be a duration, such as 20s' })
      .default('20s'),
    /** What `spec.analysis.source` of a release names. */
    sources: z.record(Name, PrometheusConfig).readonly().default({}),
  })
  .transform(({ gracePeriod, ...config }) => ({ ...config, gracePeriodMs: milliseconds(gracePeriod) }))
  .readonly();
export type Config = z.infer<typeof Config>;

/** The file before it is merged with what is outside of it; its values are checked after that. */
const ConfigFile = z.looseObject({
  leaderElection: z.looseObject({}).optional(),
  sources: z.looseObject({}).optional(),
});
type ConfigFile = z.infer<typeof ConfigFile>;

/** `process.env`, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which flag set a field, for messages. */
const FLAGS: Readonly<Record<string, string>> = {
  watchNamespaces: '--namespace',
  logLevel: '--log-level',
  metricsAddress: '--listen',
  sources: '--prometheus',
};

/**
 * The configuration from flags, environment and file, in this order of precedence.
 * Throws ConfigError that names every wrong field with its remedy; values of fields are not repeated in it.
 */
export function loadConfig(commandLine: CommandLine, environment: Environment): Config {
  const file = commandLine.configFile ?? environment.CONFIG;
  const merged = merge(file === undefined ? {} : readConfigFile(file), commandLine, environment);
  const { data, error } = Config.safeParse(merged);
  if (data !== undefined) return data;
  throw new ConfigError(error.issues.map((issue) => describeIssue(issue, file)).join('\n'));
}

function merge(file: ConfigFile, commandLine: CommandLine, environment: Environment): unknown {
  const { watchNamespaces, metricsAddress, prometheusUrl, leaderElection } = commandLine;
  const logLevel = commandLine.logLevel ?? environment.LOG_LEVEL;
  const { POD_NAMESPACE: namespace, POD_NAME: podName } = environment;
  return {
    ...file,
    ...(watchNamespaces !== undefined && { watchNamespaces }),
    ...(logLevel !== undefined && { logLevel }),
    ...(metricsAddress !== undefined && { metricsAddress }),
    ...(namespace !== undefined && { namespace }),
    leaderElection: {
      // The UUID keeps a restarted process from taking the lease of its predecessor for its own.
      identity: `${podName ?? hostname()}_${randomUUID()}`,
      ...file.leaderElection,
      ...(namespace !== undefined && { namespace }),
      ...(!leaderElection && { enabled: false }),
    },
    // The whole source: credentials that are meant for one address must not go to another.
    ...(prometheusUrl !== undefined && { sources: { ...file.sources, default: { url: prometheusUrl } } }),
  };
}

function readConfigFile(file: string): ConfigFile {
  const content = attempt(`cannot read the configuration file ${file}; correct --config or CONFIG`, () =>
    readFileSync(file, 'utf8'),
  );
  const document: unknown = attempt(`${file} is not YAML`, () => parse(content));
  const { data, error } = ConfigFile.safeParse(document ?? {});
  if (data !== undefined) return data;
  throw new ConfigError(error.issues.map((issue) => describeIssue(issue, file)).join('\n'));
}

function attempt<T>(problem: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${problem}: ${detail}`, { cause });
  }
}

/** `logLevel (--log-level): Invalid option … in config.yaml`. */
function describeIssue({ path, message }: z.core.$ZodIssue, file: string | undefined): string {
  const field = path.length === 0 ? 'the configuration' : path.join('.');
  const flag = FLAGS[String(path[0])];
  const origin = [flag, file].filter((part) => part !== undefined).join(' or ');
  return `${field}${origin === '' ? '' : ` (${origin})`}: ${message}`;
}
