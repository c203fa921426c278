import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Target } from '../api/artifact-release-spec.ts';
import type { Digest } from '../api/scalars.ts';
import { parseImage } from '../domain/digest.ts';
import { budgetQuestion, doorQuestion } from '../domain/door-question.ts';
import { fallbackQuestions } from '../domain/fallback.ts';
import type { Check, Claim, Observation, ObservedTarget } from '../domain/observation.ts';
import { artifactContainers } from '../domain/pins.ts';
import { questions } from '../domain/questions.ts';
import { type Container, canaryName, type Workload } from '../domain/workload.ts';
import type { ArtifactProtector } from '../ports/artifact-protector.ts';
import type { ArtifactVerifier, VerificationQuestion } from '../ports/artifact-verifier.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import { ObjectiveCounts, type ObjectiveCountsPorts } from './objective-counts.ts';
import { ServiceBaselines, type ServiceBaselinesPorts } from './service-baselines.ts';
import { ServiceWatch, type ServiceWatchPorts } from './service-watch.ts';

export interface ObserverPorts extends ObjectiveCountsPorts, ServiceBaselinesPorts, ServiceWatchPorts {
  readonly cluster: ClusterReader;
  readonly verifier: ArtifactVerifier;
  readonly protector: ArtifactProtector;
}

/** Reads everything that one decision needs, and nothing else. What cannot be read is unknown, never an error. */
export class Observer {
  readonly #ports: ObserverPorts;
  readonly #counts: ObjectiveCounts;
  readonly #baselines: ServiceBaselines;
  readonly #service: ServiceWatch;

  constructor(ports: ObserverPorts) {
    this.#ports = ports;
    this.#counts = new ObjectiveCounts(ports);
    this.#baselines = new ServiceBaselines(ports);
    this.#service = new ServiceWatch(ports);
  }

  async observe(
    release: ArtifactRelease,
    writeFailure: Observation['writeFailure'],
    now: Date,
    signal: AbortSignal,
  ): Promise<Observation> {
    const asked = questions(release, now);
    const { verifier, protector } = this.#ports;
    const verify = (digests: readonly Digest[]): Promise<Observation['verification']> =>
      answers(digests, (digest) => verifier.verify(verificationQuestion(release, digest), signal));
    const protection = protector.protection(release);
    const [targets, verification, counts, serviceBurn] = await Promise.all([
      Promise.all(
        release.spec.targets.map((target) => this.#target(release, target, asked.runningDigests, signal)),
      ),
      verify(asked.digests),
      asked.counts && this.#counts.read(release, asked.counts, now, signal),
      asked.service && this.#service.read(release, asked.service, signal),
    ]);
    // A second round, for what only the answers of the first one make worth asking.
    const [past, baselines] = await Promise.all([
      verify(fallbackQuestions(release, verification)),
      this.#baselines.read(release, verification, now, signal),
    ]);
    const seen: Observation = {
      targets,
      strays: this.#strays(release),
      claims: release.spec.targets.flatMap(({ name }) => this.#claims(release, name)),
      verification: new Map([...verification, ...past]),
      protection: protection.digests,
      protectionState: protection.state,
      ...(counts && { counts }),
      ...(baselines && { baselines }),
      ...(serviceBurn && { serviceBurn }),
      ...(writeFailure && { writeFailure }),
    };
    return this.#atDoor(release, seen, now, signal);
  }

  /** What may keep a canary from beginning in this pass: the dear question comes last, and only if nothing else does. */
  async #atDoor(
    release: ArtifactRelease,
    seen: Observation,
    now: Date,
    signal: AbortSignal,
  ): Promise<Observation> {
    const burn = doorQuestion(release, seen, now);
    const informed = burn ? { ...seen, serviceBurn: await this.#service.read(release, burn, signal) } : seen;
    const budget = budgetQuestion(release, informed, now);
    if (!budget) return informed;
    return { ...informed, serviceBudgets: await this.#service.budgets(release, budget, signal) };
  }

  /** Lets go of what is remembered about a release that is no longer there. */
  forget(uid: string): void {
    this.#counts.forget(uid);
    this.#baselines.forget(uid);
    this.#service.forget(uid);
  }

  async #target(
    release: ArtifactRelease,
    target: Target,
    adopting: boolean,
    signal: AbortSignal,
  ): Promise<ObservedTarget> {
    const { cluster } = this.#ports;
    const { namespace } = release.metadata;
    const { name } = target;
    const workload = cluster.workload(namespace, name);
    const canary = cluster.workload(namespace, canaryName(name));
    const podTrouble = canary && cluster.podTrouble(namespace, canary.name);
    const asks = adopting && workload && isTagged(artifactContainers(release.spec, target, workload));
    const running = asks ? await cluster.runningDigests(workload, signal) : new Map();
    return {
      name,
      running,
      ...(workload && { workload }),
      ...(canary && { canary }),
      ...(podTrouble && { podTrouble }),
    };
  }

  #strays(release: ArtifactRelease): readonly Workload[] {
    const { namespace, name } = release.metadata;
    const expected = new Set(release.spec.targets.map((target) => canaryName(target.name)));
    return this.#ports.cluster.canaries(namespace, name).filter((canary) => !expected.has(canary.name));
  }

  /** The oldest release that names a workload has it; of the same age, the first by name. */
  #claims(release: ArtifactRelease, target: string): readonly Claim[] {
    const { namespace, uid } = release.metadata;
    const age = (r: { creationTimestamp: string; name: string }): string =>
      `${r.creationTimestamp} ${r.name}`;
    return this.#ports.cluster
      .releasesOn(namespace, target)
      .filter(({ identity }) => identity.uid !== uid)
      .map(({ identity, deleting, names, pins }) => ({
        release: identity.name,
        target,
        precedes: names && !deleting && age(identity) < age(release.metadata),
        pins,
      }));
  }
}

async function answers<T extends Check>(
  digests: readonly Digest[],
  ask: (digest: Digest) => Promise<T>,
): Promise<ReadonlyMap<Digest, T>> {
  return new Map(await Promise.all(digests.map(async (digest) => [digest, await ask(digest)] as const)));
}

/** What to ask the verifier about a digest on behalf of a release. */
export function verificationQuestion(release: ArtifactRelease, digest: Digest): VerificationQuestion {
  const { metadata, spec, status } = release;
  const stable = status?.stable?.digest;
  return {
    ...artifactOf(release, digest),
    release: metadata.name,
    artifact: spec.artifact,
    asked: spec.verification,
    ...(stable !== undefined && stable !== digest && { predecessor: stable }),
  };
}

const artifactOf = (release: ArtifactRelease, digest: Digest) => ({
  namespace: release.metadata.namespace,
  repository: release.spec.artifact.repository,
  digest,
});

/** Only the pods know what a tag was when it was pulled. */
const isTagged = (containers: readonly Container[]): boolean =>
  containers.some((container) => parseImage(container.image)?.digest === undefined);
