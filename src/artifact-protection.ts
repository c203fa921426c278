import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ApiClient } from './adapters/kubernetes/api-client.ts';
import { readClusterUid } from './adapters/kubernetes/cluster-identity.ts';
import { KubeProtectedDigestsBoard } from './adapters/kubernetes/protected-digests-board.ts';
import { KubeProtectionRecords } from './adapters/kubernetes/protection-records.ts';
import type { Config } from './config.ts';
import { systemClock } from './controller/clock.ts';
import { Controller } from './controller/controller.ts';
import type { Worker } from './controller/manager.ts';
import { WorkQueue } from './controller/work-queue.ts';
import type { Owner } from './domain/protection/keep-tag.ts';
import { ownerOf } from './domain/protection/owner.ts';
import type { ArtifactProtector } from './ports/artifact-protector.ts';
import type { ProtectedDigestsBoard } from './ports/protected-digests-board.ts';
import { ProtectionService } from './protection/protection-service.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { RuntimeMetrics } from './telemetry/metrics.ts';
import { protectedDigestsRoute } from './telemetry/protected-digests-route.ts';
import { ProtectionMetrics } from './telemetry/protection-metrics.ts';
import type { Route } from './telemetry/route.ts';
import { notifyOfProtection } from './triggers.ts';
import type { Watches } from './watches.ts';

export interface ArtifactProtectionParts {
  readonly client: ApiClient;
  readonly config: Config;
  readonly stores: Watches['stores'];
  readonly access: RegistryAccess;
  /** Of the operator. */
  readonly namespace: string;
  /** Makes a pass over the release `namespace/name` due. */
  readonly wake: (release: string) => void;
  readonly registry: Registry;
  readonly metrics: RuntimeMetrics;
  readonly log: Logger;
  /** Why the caches do not tell the truth yet; undefined when they do. */
  readonly notReady: () => string | undefined;
}

export interface ArtifactProtection {
  readonly protector: ArtifactProtector;
  readonly controllers: readonly Worker[];
  readonly routes: Readonly<Record<string, Route>>;
}

/** Repositories that are looked at at once. */
const WORKERS = 4;
/** A first look may have to copy what was lost. */
const PASS_TIMEOUT_MS = 15 * 60_000;
/** Changes of the list are posted together, after so many milliseconds. */
const POST_AFTER_MS = 10_000;
const BOARD = 'board';

/** What keeps digests alive in their registries. Nothing is asked of a registry in which nothing is to be protected. */
export function createArtifactProtection(parts: ArtifactProtectionParts): ArtifactProtection {
  const { access, config, log, metrics, stores, wake } = parts;
  const repositories = new WorkQueue({ clock: systemClock, metrics: metrics.queue('protection') });
  const board = new WorkQueue({ clock: systemClock, metrics: metrics.queue('protected-digests') });
  const service = new ProtectionService({
    releasesOf: (repository) => stores.releases.byIndex('repository', repository).map(({ stored }) => stored),
    repositories: () => [...new Set(stores.releases.list().flatMap(({ repository }) => repository ?? []))],
    unplaced: () => stores.releases.byIndex('repository', '').map(({ stored }) => stored),
    ...{ termsOf: access.termsOf, registry: access.oci, wake },
    owner: async (signal) => await readOwner(parts, signal),
    previousOwners: config.protection.previousClusterIds,
    recordsOf: (owner) => recordsOf(parts, owner),
    clock: systemClock,
    random: Math.random,
    observer: new ProtectionMetrics(parts.registry),
    enqueue: (repository) => repositories.add(repository),
    warn: (message, error) => log.warn({ err: error }, message),
  });
  notifyOfProtection(stores, {
    changed: (before, after) => service.changed(before, after),
    reconfigured: (releases) => {
      for (const repository of new Set(releases.flatMap((one) => one.repository ?? [])))
        service.reconfigured(repository);
    },
  });
  // Repositories whose releases are gone are known from the records alone, and those are read with the first pass.
  repositories.add('');
  const publish = postingOf(parts, service);
  let posted = false;
  return {
    protector: service,
    controllers: [
      controller(parts, 'protection', repositories, WORKERS, async (repository, signal) => {
        const result = await service.reconcile(repository, signal);
        posted ||= service.isReporting;
        if (posted) board.addAfter(BOARD, POST_AFTER_MS);
        return result;
      }),
      controller(parts, 'protected-digests', board, 1, async (_, signal) => {
        await publish(signal);
        return {};
      }),
    ],
    routes: {
      '/v1/protected-digests': protectedDigestsRoute({ digests: service, notReady: parts.notReady }),
    },
  };
}

async function readOwner({ client, config }: ArtifactProtectionParts, signal: AbortSignal): Promise<Owner> {
  const { protection, watchNamespaces } = config;
  const configured = protection.clusterId;
  const clusterUid = configured === undefined ? await readClusterUid(client, signal) : '';
  return ownerOf({ clusterUid, watchNamespaces, configured });
}

function recordsOf({ client, log, namespace }: ArtifactProtectionParts, owner: Owner): KubeProtectionRecords {
  return new KubeProtectionRecords(client, namespace, owner, (configMap, problem) =>
    log.error({ configMap, problem }, 'a record of protection is not understood'),
  );
}

/** Where somebody asks for a report, it is also to be had without asking the operator. */
function postingOf({ client, namespace }: ArtifactProtectionParts, service: ProtectionService) {
  let board: ProtectedDigestsBoard | undefined;
  return async (signal: AbortSignal): Promise<void> => {
    const list = service.list();
    board ??= new KubeProtectedDigestsBoard(client, namespace, list.owner);
    await board.publish(list, signal);
  };
}

function controller(
  { log, metrics }: ArtifactProtectionParts,
  name: string,
  queue: WorkQueue,
  workers: number,
  reconcile: (key: string, signal: AbortSignal) => Promise<{ requeueAfterMs?: number }>,
): Controller {
  return new Controller({
    ...{ name, queue, reconcile, workers, clock: systemClock },
    metrics: metrics.controller(name),
    onFailure: ({ key, outcome, error }) =>
      log.warn({ controller: name, key, outcome, err: error }, 'pass failed'),
    passTimeoutMs: PASS_TIMEOUT_MS,
  });
}
