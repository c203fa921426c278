import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Target } from '../api/artifact-release-spec.ts';
import type { Digest } from '../api/scalars.ts';
import { parseImage } from '../domain/digest.ts';
import { fallbackQuestions } from '../domain/fallback.ts';
import type { Check, Claim, Counts, Observation, ObservedTarget } from '../domain/observation.ts';
import { artifactContainers } from '../domain/pins.ts';
import { type CountsQuestion, questions } from '../domain/questions.ts';
import { milliseconds, since } from '../domain/time.ts';
import { type Container, canaryName, podNamePattern, type Workload } from '../domain/workload.ts';
import type { ArtifactProtector } from '../ports/artifact-protector.ts';
import type { ArtifactVerifier, VerificationQuestion } from '../ports/artifact-verifier.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import type { SloSource } from '../ports/slo-source.ts';

export interface ObserverPorts {
  readonly cluster: ClusterReader;
  readonly sloSource: SloSource;
  readonly verifier: ArtifactVerifier;
  readonly protector: ArtifactProtector;
}

/** Reads everything that one decision needs, and nothing else. What cannot be read is unknown, never an error. */
export class Observer {
  readonly #ports: ObserverPorts;
  /** The answer to the newest question about counts, by release: passes in between ask nothing. */
  readonly #asked = new Map<string, { readonly slot: string; readonly counts: Counts }>();

  constructor(ports: ObserverPorts) {
    this.#ports = ports;
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
    const [targets, verification, counts] = await Promise.all([
      Promise.all(
        release.spec.targets.map((target) => this.#target(release, target, asked.runningDigests, signal)),
      ),
      verify(asked.digests),
      asked.counts && this.#counts(release, asked.counts, now, signal),
    ]);
    // A second round, for what only the answers of the first one make worth asking.
    const past = await verify(fallbackQuestions(release, verification));
    return {
      targets,
      strays: this.#strays(release),
      claims: release.spec.targets.flatMap(({ name }) => this.#claims(release, name)),
      verification: new Map([...verification, ...past]),
      protection: protection.digests,
      protectionState: protection.state,
      ...(counts && { counts }),
      ...(writeFailure && { writeFailure }),
    };
  }

  /** Lets go of what is remembered about a release that is no longer there. */
  forget(uid: string): void {
    this.#asked.delete(uid);
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

  async #counts(
    release: ArtifactRelease,
    question: CountsQuestion,
    now: Date,
    signal: AbortSignal,
  ): Promise<Counts> {
    const { uid } = release.metadata;
    const slot = `${question.from} ${question.stage} ${question.slot}`;
    const before = this.#asked.get(uid);
    if (before?.slot === slot) return before.counts;
    const objectives = release.spec.objectives ?? [];
    const asked = sides(release, question, now);
    const totals = new Map(
      await Promise.all(
        objectives.map(async (objective) => {
          const answer = this.#ports.sloSource.totals({ ...asked, objective }, signal);
          return [objective.name, await answer] as const;
        }),
      ),
    );
    const counts = { from: question.from, totals };
    this.#asked.set(uid, { slot, counts });
    return counts;
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

/** At a step the canary stands beside stable; in a bake the workload itself is what is judged. */
function sides(release: ArtifactRelease, { stage, from, digest }: CountsQuestion, now: Date) {
  const names = release.spec.targets.map((target) => target.name);
  const any = (patterns: readonly string[]): string =>
    patterns.length === 1 ? `${patterns[0]}` : `(${patterns.join('|')})`;
  const stable = { track: 'stable', pods: any(names.map(podNamePattern)) } as const;
  const canary = {
    track: 'canary',
    pods: any(names.map((name) => podNamePattern(canaryName(name)))),
  } as const;
  return {
    source: release.spec.analysis.source,
    namespace: release.metadata.namespace,
    workload: any(names),
    digest,
    windowSeconds: Math.max(1, Math.round(since(from, now) / milliseconds('1s'))),
    at: now,
    ...(stage === 'step' ? { candidate: canary, stable } : { candidate: stable }),
  };
}
