import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { type Decision, decide } from '../../src/domain/decide.ts';
import { questions } from '../../src/domain/questions.ts';
import { BareWorld, type Event, type Pass } from '../support/bare-world.ts';
import { CANDIDATE, NEXT, REPOSITORY, STABLE } from '../support/releases.ts';

/** As spec.analysis.maxHold of the world. */
const MAX_HOLD = 20 * 60_000;
/** The default of spec.analysis.interval. */
const INTERVAL = 30_000;

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
): BareWorld {
  const world = new BareWorld(expiry);
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

/**
 * The rules of the design against `decide` alone: one release, one workload, no API server in between. What
 * caches, conflicts and two leaders add is in release-rules.test.ts.
 */
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
    const world = new BareWorld('Pause');
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
