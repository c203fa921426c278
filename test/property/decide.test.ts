import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
} from '../support/observations.ts';
import {
  AVAILABILITY,
  aRelease,
  aSpec,
  CANDIDATE,
  NEXT,
  NOON,
  REPOSITORY,
  STABLE,
} from '../support/releases.ts';
import { totals } from '../support/totals.ts';

/**
 * The rules of the design against `decide` alone: one release, one workload, no API server in between. What
 * caches, conflicts and two leaders add is in release-rules.test.ts.
 */
const CHECKS = { Satisfied: satisfied, Refused: refused, Unknown: unanswered };
const COUNTS = { good: totals(0, 90_000, 0, 90_000), bad: totals(9_000, 90_000, 0, 90_000) };
const SPEC = { objectives: [AVAILABILITY], analysis: { maxHold: '20m' } };
const MAX_HOLD = 20 * 60_000;
/** The default of spec.analysis.interval. */
const INTERVAL = 30_000;

type Event =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'git'; readonly digest: string }
  | { readonly kind: 'counts'; readonly are: 'good' | 'bad' | 'unknown' }
  | { readonly kind: 'check'; readonly digest: string; readonly is: keyof typeof CHECKS }
  | { readonly kind: 'pods'; readonly start: boolean };

interface Pass {
  readonly release: ArtifactRelease;
  readonly before: Status | undefined;
  readonly seen: Observation;
  readonly decision: Decision;
  readonly now: Date;
}

class World {
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

const digests = fc.constantFrom(STABLE, CANDIDATE, NEXT);
const anEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('time'), seconds: fc.constantFrom(1, 30, 300, 600, 1300) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('git'), digest: digests }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('counts'), are: fc.constantFrom('good', 'bad', 'unknown') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('check'),
      digest: digests,
      is: fc.constantFrom('Satisfied', 'Refused', 'Unknown'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pods'), start: fc.boolean() }) },
);
const aStory = fc.array(fc.record({ event: anEvent, lives: fc.nat(3) }), {
  minLength: 3,
  maxLength: 30,
  size: 'max',
});
const onExpiry = fc.constantFrom('Pause', 'Rollback');

function live(
  story: readonly { event: Event; lives: number }[],
  expiry: 'Pause' | 'Rollback',
  crashes: boolean,
): World {
  const world = new World(expiry);
  world.settle();
  for (const { event, lives } of story) {
    world.happen(event);
    if (crashes) world.pass(lives);
    world.settle();
  }
  return world;
}

function always(name: string, holds: (pass: Pass) => void): void {
  it(name, () => {
    fc.assert(
      fc.property(aStory, onExpiry, (story, expiry) => {
        const { passes } = live(story, expiry, true);
        for (const pass of passes) holds(pass);
      }),
      { numRuns: 150 },
    );
  });
}

const started = ({ effects }: Decision): readonly string[] =>
  effects
    .flatMap((e) =>
      e.kind === 'ApplyCanary' || e.kind === 'PinWorkload' ? e.images.map(({ image }) => image) : [],
    )
    .map((image) => image.slice(REPOSITORY.length + 1));
const pinned = (status: Status): readonly string[] =>
  (status.pins ?? []).map(({ image }) => image.slice(REPOSITORY.length + 1));
const beginsPromotion = ({ before, decision }: Pass): boolean =>
  decision.status.phase === 'Promoting' && before?.phase !== 'Promoting';

describe('decide', () => {
  always('rule 1: begins no digest that is not verified, and leaves one that is refused', (pass) => {
    const { before, decision, seen } = pass;
    const { candidate, phase, stable } = decision.status;
    const check = candidate && seen.verification.get(candidate.digest)?.state;
    const running = candidate && !['Verifying', 'Blocked', 'RollingBack'].includes(phase);
    const waited = ['Verifying', 'Blocked'].includes(before?.phase ?? '');
    const begins = waited || candidate?.digest !== before?.candidate?.digest;
    if (running) expect(begins ? ['Satisfied'] : ['Satisfied', 'Unknown']).toContain(check);
    for (const digest of started(decision))
      expect([stable?.digest, running && candidate.digest]).toContain(digest);
  });

  always('keeps on promoting while the proof is unknown, and leaves when it is refused', (pass) => {
    const { before, decision, seen, release } = pass;
    const promoted = before?.candidate?.digest;
    if (before?.phase !== 'Promoting' || !promoted || release.spec.artifact.digest === before.stable?.digest)
      return;
    const check = seen.verification.get(promoted)?.state;
    const { failure, pins } = decision.status;
    if (check === 'Refused') expect(failure?.digest).toBe(promoted);
    else if (failure) expect(failure.reason).toBe('ProgressDeadlineExceeded');
    else if (decision.status.candidate) expect(pins?.[0]?.image).toBe(`${REPOSITORY}@${promoted}`);
  });

  always('a roll-back in mid-canary starts no pod, whatever is known of stable', (pass) => {
    const { before, decision } = pass;
    const touched = before?.phase === 'Promoting' || before?.candidate?.weight === 100 || before?.failure;
    if (!decision.status.failure || touched) return;
    expect(started(decision)).toEqual([]);
  });

  always('rule 2: leaves the pins at stable until the last step is over', (pass) => {
    const { candidate, phase, stable, failure } = pass.decision.status;
    if (beginsPromotion(pass)) {
      expect(pass.before?.candidate?.step).toBe(1);
      expect(
        pass.now.getTime() - Date.parse(pass.before?.candidate?.stepStartedAt ?? ''),
      ).toBeGreaterThanOrEqual(600_000);
    }
    const touched = phase === 'Promoting' || candidate?.weight === 100;
    if (stable && (!touched || failure)) expect(pinned(pass.decision.status)).toEqual([stable.digest]);
  });

  always('rule 3: promotes the digest that its canary ran', (pass) => {
    if (!beginsPromotion(pass)) return;
    const digest = pass.decision.status.candidate?.digest;
    expect(pinned(pass.decision.status)).toEqual([digest]);
    expect(pass.before?.candidate?.digest).toBe(digest);
    expect(pass.seen.targets[0]?.canary?.containers[0]?.image).toBe(`${REPOSITORY}@${digest}`);
  });

  always('rule 4: by unknown counts alone neither promotes nor rolls back before maxHold', (pass) => {
    const { before, decision, seen, now } = pass;
    if (seen.counts?.totals.get('availability')?.known !== false) return;
    expect(beginsPromotion(pass)).toBe(false);
    const reason = before?.failure ? undefined : decision.status.failure?.reason;
    expect([
      undefined,
      'HoldExpired',
      'ProgressDeadlineExceeded',
      'VerificationFailed',
      'Cancelled',
    ]).toContain(reason);
    if (reason !== 'HoldExpired' && decision.status.phase !== 'Paused') return;
    expect(now.getTime() - Date.parse(before?.hold?.since ?? '')).toBeGreaterThanOrEqual(MAX_HOLD);
  });

  always('rule 4: holds on unknown counts, at the latest from the second evaluation of a step on', (pass) => {
    const { before, decision, seen, now } = pass;
    const { phase, candidate, hold, failure } = decision.status;
    if (seen.counts?.totals.get('availability')?.known !== false || failure || candidate?.weight === 100)
      return;
    if (!candidate?.stepStartedAt || candidate.stepStartedAt !== seen.counts.from) return;
    if (hold) return expect(['Holding', 'Paused']).toContain(phase);
    expect(phase).toBe('Progressing');
    expect(now.getTime() - Date.parse(candidate.stepStartedAt)).toBeLessThan(2 * INTERVAL);
    const measured = before?.analysis?.[0]?.evaluatedAt ?? '';
    expect(measured < candidate.stepStartedAt).toBe(true);
  });

  always(
    'rule 11: asks nothing at rest, and is a fixpoint everywhere',
    ({ release, decision, seen, now }) => {
      const { status, wakeAt } = decision;
      expect(status.message).not.toBe('');
      if (wakeAt) expect(wakeAt.getTime()).toBeGreaterThan(now.getTime());
      const again = decide({ ...release, status }, seen, now);
      expect({ ...again, evaluations: [] }).toEqual({ ...decision, notices: [], evaluations: [] });
      if (status.phase !== 'Healthy' && status.phase !== 'RolledBack') return;
      expect(wakeAt).toBeUndefined();
      expect(questions({ ...release, status }, now)).toMatchObject({ runningDigests: false });
      expect(questions({ ...release, status }, now).counts).toBeUndefined();
    },
  );

  it('rule 5: ends where it would have ended without the crashes, and is a fixpoint', () => {
    fc.assert(
      fc.property(aStory, onExpiry, (story, expiry) => {
        const [crashing, undisturbed] = [live(story, expiry, true), live(story, expiry, false)];
        expect(crashing.release).toEqual(undisturbed.release);
        expect([crashing.stable, crashing.canary]).toEqual([undisturbed.stable, undisturbed.canary]);
        const again = crashing.pass();
        expect(again.status).toEqual(undisturbed.release.status);
        expect([again.effects, again.notices]).toEqual([[], []]);
      }),
      { numRuns: 150 },
    );
  });

  it('goes all the way when nothing is in its way', () => {
    const world = new World('Pause');
    const phases = new Set<string>();
    for (let step = 0; step < 40; step++) {
      world.settle();
      world.happen({ kind: 'time', seconds: 300 });
    }
    for (const { decision } of world.passes) phases.add(decision.status.phase);
    expect([...phases]).toEqual(['Progressing', 'Promoting', 'Baking', 'Healthy']);
    expect(world.release.status?.stable?.digest).toBe(CANDIDATE);
  });
});
