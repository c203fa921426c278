import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ApiClient } from './adapters/kubernetes/api-client.ts';
import type { ClusterAccess } from './adapters/kubernetes/cluster-access.ts';
import { ClusterCache } from './adapters/kubernetes/cluster-cache.ts';
import { EVENT_DROP_REASONS, EventRecorder } from './adapters/kubernetes/event-recorder.ts';
import { KubeEntryReader } from './adapters/kubernetes/kube-entry-reader.ts';
import { KubeObjectiveReader } from './adapters/kubernetes/kube-objective-reader.ts';
import { KubeLeaseLock } from './adapters/kubernetes/lease-lock.ts';
import { EventNoticeBoard } from './adapters/kubernetes/notice-board.ts';
import { PolicyCache } from './adapters/kubernetes/policy-cache.ts';
import { ReleaseWriter } from './adapters/kubernetes/release-writer.ts';
import { translateObjective } from './adapters/objectives/translate-objective.ts';
import { PrometheusServiceSource } from './adapters/prometheus/prometheus-service-source.ts';
import { PrometheusSloSource } from './adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from './adapters/prometheus/prometheus-sources.ts';
import { matchesWhole } from './adapters/sigstore-verifier/expression.ts';
import { GROUP } from './api/artifact-release.ts';
import { type ArtifactProtection, createArtifactProtection } from './artifact-protection.ts';
import { type ArtifactVerification, createArtifactVerification } from './artifact-verification.ts';
import type { Config } from './config.ts';
import { systemClock } from './controller/clock.ts';
import { Controller } from './controller/controller.ts';
import { LeaderElector } from './controller/leader-elector.ts';
import { keyOf } from './controller/list-watcher.ts';
import { Manager } from './controller/manager.ts';
import { Resync } from './controller/resync.ts';
import { WorkQueue } from './controller/work-queue.ts';
import { createIncidentResponse, type IncidentResponse } from './incident-response.ts';
import type { ArtifactProtector } from './ports/artifact-protector.ts';
import type { ArtifactVerifier } from './ports/artifact-verifier.ts';
import { Observer } from './reconcile/observe.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { Reporter } from './reconcile/report.ts';
import { createRegistryAccess, type RegistryAccess } from './registry-access.ts';
import { RuntimeMetrics } from './telemetry/metrics.ts';
import { QueryMetrics } from './telemetry/query-metrics.ts';
import { PrometheusReleaseMetrics } from './telemetry/release-metrics.ts';
import type { Route } from './telemetry/route.ts';
import { TelemetryServer } from './telemetry/server.ts';
import { createWatches, type Watches } from './watches.ts';

interface Ground {
  readonly config: Config;
  readonly cluster: ClusterAccess;
  readonly log: Logger;
  readonly client: ApiClient;
  readonly registry: Registry;
  readonly metrics: RuntimeMetrics;
}

/** The default of 10 ms wakes the process up a hundred times a second: most of what an idle operator would cost. */
const EVENT_LOOP_SAMPLE_MS = 1_000;

/** For what no watch reports, such as a status that somebody else has written. */
const RESYNC_MS = 10 * 60_000;

/** Puts the operator together. Nothing runs, and nothing is asked of the cluster, until the manager does. */
export function createOperator(config: Config, cluster: ClusterAccess, log: Logger): Manager {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  const metrics = new RuntimeMetrics(registry, 'artifactrelease_');
  const client = new ApiClient({
    access: cluster,
    userAgent: 'artifactrelease-operator',
    observer: metrics.requests(),
  });
  const ground: Ground = { config, cluster, log, client, registry, metrics };

  const watches = watch(ground);
  const queue = new WorkQueue({ clock: systemClock, metrics: metrics.queue('releases') });
  const wake = (key: string): void => queue.add(key);
  watches.notify(wake);
  const recorder = eventRecorder(ground);
  const policies = new PolicyCache(watches.stores);
  const entries = new KubeEntryReader(client);
  const { registries } = watches.stores;
  const access = createRegistryAccess({ client, registries, certificates: entries, registry });
  const verification = artifactVerification(ground, access, entries, policies, wake);
  const protection = artifactProtection(ground, watches, access, wake);
  const incidents = incidentResponse(ground, watches, policies, verification);
  const asked = { verifier: verification.verifier, protector: protection.protector };
  const reconciler = createReconciler(ground, watches, asked, recorder);
  const controller = new Controller({
    name: 'releases',
    queue,
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    workers: config.workers,
    clock: systemClock,
    metrics: metrics.controller('releases'),
    onFailure: ({ key, outcome, error }) => log.warn({ release: key, outcome, err: error }, 'pass failed'),
  });
  const resync = new Resync({
    queue,
    keys: () => watches.stores.releases.list().map(({ metadata }) => keyOf(metadata)),
    periodMs: RESYNC_MS,
    clock: systemClock,
  });
  const manager: Manager = new Manager({
    services: [
      recorder,
      access.service,
      verification.service,
      telemetry(ground, watches, { ...incidents.routes, ...protection.routes }, () => manager.notReady()),
    ],
    ...(config.leaderElection.enabled && { election: election(ground) }),
    reflectors: watches.reflectors,
    controllers: [controller, resync, ...incidents.controllers, ...protection.controllers],
    clock: systemClock,
    log,
    graceMs: config.gracePeriodMs,
  });
  return manager;
}

function watch({ client, config, log, metrics }: Ground): Watches {
  return createWatches({
    client,
    namespaces: config.watchNamespaces,
    clock: systemClock,
    metrics: (name) => metrics.reflector(name),
    onWatchError: (reflector, error, retryInMs) =>
      log.warn({ reflector, retryInMs, err: error }, 'watch failed'),
    onListenerError: (error) => log.error({ err: error }, 'listener failed'),
  });
}

function artifactVerification(
  { cluster, config, log, registry }: Ground,
  access: RegistryAccess,
  entries: KubeEntryReader,
  policies: PolicyCache,
  wake: (release: string) => void,
): ArtifactVerification {
  const { namespace = cluster.namespace, verification } = config;
  return createArtifactVerification({
    ...{ access, entries, policies, namespace, wake, registry, log },
    publicGoodRefresh: verification.publicGoodRefresh,
  });
}

function artifactProtection(
  { client, cluster, config, log, metrics, registry }: Ground,
  { stores, reflectors }: Watches,
  access: RegistryAccess,
  wake: (release: string) => void,
): ArtifactProtection {
  const { namespace = cluster.namespace } = config;
  const notReady = () => cachesNotReady(reflectors);
  return createArtifactProtection({
    ...{ client, config, stores, access, namespace, wake, registry, metrics, log, notReady },
  });
}

const cachesNotReady = (reflectors: Watches['reflectors']): string | undefined =>
  reflectors.every((reflector) => reflector.hasSynced())
    ? undefined
    : 'the caches are not complete: it starts, or another one leads';

function incidentResponse(
  { client, config, log, metrics }: Ground,
  { stores, reflectors }: Watches,
  policies: PolicyCache,
  { verifier }: ArtifactVerification,
): IncidentResponse {
  return createIncidentResponse({
    ...{ client, stores, policies, metrics, log, evidence: verifier, matches: matchesWhole },
    watchNamespaces: config.watchNamespaces,
    notReady: () => cachesNotReady(reflectors),
  });
}

function createReconciler(
  { client, config, log, registry }: Ground,
  { stores }: Watches,
  asked: { readonly verifier: ArtifactVerifier; readonly protector: ArtifactProtector },
  recorder: EventRecorder,
): Reconciler {
  const cluster = new ClusterCache(stores, client);
  const prometheus = new PrometheusSources(config.sources, new QueryMetrics(registry));
  const slo = {
    sloSource: new PrometheusSloSource(prometheus),
    service: new PrometheusServiceSource(prometheus),
    objectives: new KubeObjectiveReader(client, translateObjective, systemClock),
  };
  const observer = new Observer({ cluster, ...slo, ...asked });
  const reporter = new Reporter(new EventNoticeBoard(recorder), new PrometheusReleaseMetrics(registry), log);
  return new Reconciler({
    cluster,
    writer: new ReleaseWriter(client),
    observer,
    reporter,
    now: () => systemClock.now(),
  });
}

function eventRecorder({ client, config, log, metrics }: Ground): EventRecorder {
  const countDropped = metrics.droppedEvents(EVENT_DROP_REASONS);
  return new EventRecorder({
    client,
    clock: systemClock,
    reportingController: `${GROUP}/operator`,
    reportingInstance: config.leaderElection.identity,
    onDrop: (reason, error) => {
      countDropped(reason);
      if (error !== undefined) log.warn({ err: error }, 'event could not be written');
    },
  });
}

function telemetry(
  { config, registry }: Ground,
  { reflectors }: Watches,
  routes: Readonly<Record<string, Route>>,
  notReady: () => string | undefined,
): TelemetryServer {
  const liveness = Object.fromEntries(
    reflectors.map((reflector) => [
      reflector.name,
      () => (reflector.isLive() ? undefined : 'watch is stuck'),
    ]),
  );
  const { host, port } = config.metricsAddress;
  return new TelemetryServer({
    port,
    ...(host !== undefined && { host }),
    registry,
    liveness,
    readiness: { manager: notReady },
    routes,
  });
}

function election({ client, config, cluster, log, metrics }: Ground): LeaderElector {
  const { namespace = cluster.namespace, name, identity } = config.leaderElection;
  return new LeaderElector({
    lock: new KubeLeaseLock(client, namespace, name),
    identity,
    clock: systemClock,
    metrics: metrics.leadership(),
    onError: (error) => log.warn({ err: error }, 'leader election failed'),
  });
}
