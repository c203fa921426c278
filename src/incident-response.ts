import type { Logger } from 'pino';
import type { ApiClient } from './adapters/kubernetes/api-client.ts';
import { KubeRevocationWriter } from './adapters/kubernetes/revocation-writer.ts';
import { systemClock } from './controller/clock.ts';
import { Controller, type Reconcile } from './controller/controller.ts';
import { settlesWithin } from './controller/deadline.ts';
import type { Worker } from './controller/manager.ts';
import { Resync } from './controller/resync.ts';
import { WorkQueue } from './controller/work-queue.ts';
import { digestPrefix } from './domain/digest.ts';
import type { MatchesExpression } from './domain/verification/revocation.ts';
import { asksForEvidence } from './domain/verification/revoked-digests.ts';
import type { KnownEvidence } from './ports/known-evidence.ts';
import type { PolicyReader } from './ports/policies.ts';
import { EvidenceSurvey } from './reconcile/evidence-survey.ts';
import { ProvenanceLookup } from './reconcile/provenance-lookup.ts';
import { RevocationReconciler } from './reconcile/revocation-reconciler.ts';
import type { RuntimeMetrics } from './telemetry/metrics.ts';
import { provenanceRoute } from './telemetry/provenance-route.ts';
import type { Route } from './telemetry/route.ts';
import { notifyOfProgress } from './triggers.ts';
import type { Watches } from './watches.ts';

export interface IncidentResponseParts {
  readonly client: ApiClient;
  readonly stores: Watches['stores'];
  /** Empty for all. */
  readonly watchNamespaces: readonly string[];
  readonly policies: PolicyReader;
  readonly evidence: KnownEvidence;
  /** RE2, as a whole. */
  readonly matches: MatchesExpression;
  readonly metrics: RuntimeMetrics;
  readonly log: Logger;
  /** Why the caches do not tell the truth yet; undefined when they do. */
  readonly notReady: () => string | undefined;
}

export interface IncidentResponse {
  readonly controllers: readonly Worker[];
  readonly routes: Readonly<Record<string, Route>>;
}

/** Releases that change together are looked at together, within so many milliseconds. */
const SETTLE_MS = 500;
/** For what no watch reports, such as a status that somebody else has written. */
const RESYNC_MS = 10 * 60_000;
/** What somebody who asks for provenance waits for the registry. */
const PATIENCE_MS = 5_000;
/** Digests that are read at once for revocations: releases that wait for their verification come first. */
const READERS = 2;

/** What answers an incident: how far revocations are, and where a digest comes from and runs. */
export function createIncidentResponse(parts: IncidentResponseParts): IncidentResponse {
  const { stores, watchNamespaces, policies, evidence, matches, metrics } = parts;
  const revocations = new WorkQueue({ clock: systemClock, metrics: metrics.queue('revocations') });
  const digests = new WorkQueue({ clock: systemClock, metrics: metrics.queue('evidence') });
  notifyOfProgress(stores, {
    changed: (name) => revocations.add(name),
    concerned: (name) => revocations.addAfter(name, SETTLE_MS),
  });
  const survey = new EvidenceSurvey({
    policies,
    evidence,
    releasesAt: (digest) => releasesByPrefix(parts, digestPrefix(digest)),
    enqueue: (digest) => digests.add(digest),
    onLearned: () => {
      for (const { understood, metadata } of stores.revocations.list())
        if (understood.valid && asksForEvidence(understood.value.spec))
          revocations.addAfter(metadata.name, SETTLE_MS);
    },
  });
  const reconciler = new RevocationReconciler({
    policies,
    evidence,
    matches,
    releases: () => stores.releases.list().map(({ stored }) => stored),
    watches: (namespace) => watchNamespaces.length === 0 || watchNamespaces.includes(namespace),
    examine: (unknown) => survey.ask(unknown),
    writer: new KubeRevocationWriter(parts.client),
    now: () => systemClock.now(),
  });
  const lookup = new ProvenanceLookup({
    policies,
    evidence,
    matches,
    releasesByPrefix: (prefix) => releasesByPrefix(parts, prefix),
    settlesInTime: (work) => settlesWithin(systemClock, PATIENCE_MS, work),
    notReady: parts.notReady,
  });
  const resync = new Resync({
    queue: revocations,
    keys: () => stores.revocations.list().map(({ metadata }) => metadata.name),
    periodMs: RESYNC_MS,
    clock: systemClock,
  });
  return {
    controllers: [
      controller(parts, 'revocations', revocations, 1, (name, signal) => reconciler.reconcile(name, signal)),
      controller(parts, 'evidence', digests, READERS, (digest, signal) => survey.reconcile(digest, signal)),
      resync,
    ],
    routes: { '/v1/provenance': provenanceRoute(lookup) },
  };
}

const releasesByPrefix = ({ stores }: IncidentResponseParts, prefix: string) =>
  stores.releases.byIndex('digest', prefix).map(({ stored }) => stored);

function controller(
  { log, metrics }: IncidentResponseParts,
  name: string,
  queue: WorkQueue,
  workers: number,
  reconcile: Reconcile,
): Controller {
  return new Controller({
    name,
    queue,
    reconcile,
    workers,
    clock: systemClock,
    metrics: metrics.controller(name),
    onFailure: ({ key, outcome, error }) =>
      log.warn({ controller: name, key, outcome, err: error }, 'pass failed'),
  });
}
