import { expect } from 'vitest';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { type Decision, decide } from '../../src/domain/decide.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { questions } from '../../src/domain/questions.ts';
import type { Workload } from '../../src/domain/workload.ts';
import {
  aCanary,
  anObservation,
  aTarget,
  aWorkload,
  counted,
  notCounted,
  refused,
  satisfied,
  unanswered,
} from './observations.ts';
import { AVAILABILITY, aRelease, aSpec, CANDIDATE, NEXT, NOON, REPOSITORY, STABLE } from './releases.ts';
import { totals } from './totals.ts';

const CHECKS = { Satisfied: satisfied, Refused: refused, Unknown: unanswered };
const COUNTS = { good: totals(0, 90_000, 0, 90_000), bad: totals(9_000, 90_000, 0, 90_000) };
const SPEC = { objectives: [AVAILABILITY], analysis: { maxHold: '20m' } };

export type Event =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'git'; readonly digest: string }
  | { readonly kind: 'counts'; readonly are: 'good' | 'bad' | 'unknown' }
  | { readonly kind: 'check'; readonly digest: string; readonly is: keyof typeof CHECKS }
  | { readonly kind: 'pods'; readonly start: boolean };

/** One decision, and what it was made from. */
export interface Pass {
  readonly release: ArtifactRelease;
  readonly before: Status | undefined;
  readonly seen: Observation;
  readonly decision: Decision;
  readonly now: Date;
}

/** One release and one workload, with nothing in between: what is decided is carried out at once. */
export class BareWorld {
  release: ArtifactRelease;
  stable: Workload = aWorkload();
  canary: Workload | undefined;
  time = Date.parse(NOON);
  counts: 'good' | 'bad' | 'unknown' = 'good';
  podsStart = true;
  readonly checks = new Map([STABLE, CANDIDATE, NEXT].map((digest) => [digest, satisfied]));
  readonly passes: Pass[] = [];

  constructor(onHoldExpired: 'Pause' | 'Rollback') {
    this.release = aRelease({ spec: { ...SPEC, analysis: { ...SPEC.analysis, onHoldExpired } } });
  }

  happen(event: Event): void {
    if (event.kind === 'git') this.release = { ...this.release, spec: this.named(event.digest) };
    if (event.kind === 'counts') this.counts = event.are;
    if (event.kind === 'check') this.checks.set(event.digest, CHECKS[event.is]);
    if (event.kind === 'pods') this.podsStart = event.start;
    if (event.kind === 'time') this.time += event.seconds * 1000;
    this.stable = available(this.stable);
    if (this.podsStart && this.canary) this.canary = available(this.canary);
  }

  private named(digest: string): ArtifactRelease['spec'] {
    return {
      ...this.release.spec,
      artifact: aSpec({ artifact: { repository: REPOSITORY, digest } }).artifact,
    };
  }

  observe(): Observation {
    const { counts } = questions(this.release, new Date(this.time));
    const { canary, stable: workload, checks } = this;
    return anObservation({
      targets: [aTarget({ workload, ...(canary && { canary }) })],
      verification: new Map(checks),
      ...(counts && {
        counts:
          this.counts === 'unknown'
            ? notCounted('NoData', counts.from)
            : counted(COUNTS[this.counts], counts.from),
      }),
    });
  }

  /** Stores the status, then carries out as many effects as the operator lives for. */
  pass(lives = Number.POSITIVE_INFINITY): Decision {
    const [now, before, seen] = [new Date(this.time), this.release.status, this.observe()];
    const decision = decide(this.release, seen, now);
    this.passes.push({ release: this.release, before, seen, decision, now });
    this.release = { ...this.release, status: decision.status };
    for (const effect of decision.effects.slice(0, lives)) this.carryOut(effect);
    return decision;
  }

  /** Every write is heard of, so passes follow until there is nothing left to write. */
  settle(): void {
    for (let passes = 0; this.pass().effects.length > 0; passes++) expect(passes).toBeLessThan(8);
  }

  private carryOut(effect: Effect): void {
    if (effect.kind === 'PinWorkload') {
      const containers = this.stable.containers.map((c) => ({
        ...c,
        image: effect.images.find(({ container }) => container === c.name)?.image ?? c.image,
      }));
      this.stable = { ...this.stable, containers, availableReplicas: 0 };
    } else if (effect.kind === 'ApplyCanary') {
      const { replicas, revision: madeFrom, images } = effect;
      const containers = images.map(({ container: name, image }) => ({ name, image, init: false }));
      this.canary = { ...aCanary({ replicas, madeFrom, containers }), availableReplicas: 0 };
    } else if (effect.kind === 'ScaleCanary') {
      this.canary = { ...aCanary({ ...this.canary, replicas: effect.replicas }), availableReplicas: 0 };
    } else if (effect.kind === 'DeleteCanary') {
      this.canary = undefined;
    } else throw new Error(`${effect.kind} was not to be expected`);
  }
}

const available = (workload: Workload): Workload => {
  const { replicas } = workload;
  return { ...workload, currentReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
};
