import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Status, Totals } from '../../src/api/artifact-release-status.ts';
import { decide } from '../../src/domain/decide.ts';
import { questions } from '../../src/domain/questions.ts';
import { known, type Reading, unknown } from '../../src/domain/reading.ts';
import { isSameNews } from '../../src/domain/status-news.ts';
import { NewestAnswers } from '../../src/reconcile/newest-answers.ts';
import { withCanary } from '../support/observations.ts';
import { AVAILABILITY, at, NOON, onCanary } from '../support/releases.ts';
import { totals } from '../support/totals.ts';

const INTERVAL = 30;
/** A scrape for every look that there may be. */
const SCRAPE = 6;
const INTERVALS = 12;

/** What either side counts from scrape to scrape, over and over. */
interface Traffic {
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
}

const REQUESTS = 600;
const someBad = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 1, arbitrary: fc.integer({ min: 9, max: 400 }) },
);
const someTraffic: fc.Arbitrary<Traffic> = fc.record({
  candidate: fc.array(someBad, { minLength: 1, maxLength: 60, size: 'max' }),
  stable: fc.array(someBad, { minLength: 1, maxLength: 5 }),
});

const LATENCY = { ...AVAILABILITY, name: 'latency' };
const objectives = [AVAILABILITY, LATENCY];

/** One long step, seen by an operator that is started again now and then. */
class Step {
  release: ArtifactRelease = onCanary({
    spec: { objectives, canary: { steps: [{ weight: 10, duration: '1h' }] } },
  });
  readonly asked: string[] = [];
  readonly #traffic: Traffic;
  readonly #silentAt: readonly number[];
  #answers = new NewestAnswers<ReadonlyMap<string, Reading<Totals>>>();

  /** Prometheus does not answer in the seconds `silentAt` of each interval. */
  constructor(traffic: Traffic, silentAt: readonly number[] = []) {
    this.#traffic = traffic;
    this.#silentAt = silentAt;
  }

  get status(): Status {
    if (!this.release.status) throw new Error('there is a status from the start');
    return this.release.status;
  }

  restart(): void {
    this.#answers = new NewestAnswers();
  }

  /** Seconds since the step began at which it wants to look again. */
  async pass(second: number): Promise<number> {
    const now = at(`${second}s`);
    const { counts } = questions(this.release, now);
    const answer =
      counts && (await this.#answers.to('uid', JSON.stringify(counts), async () => this.#ask(second)));
    const seen = withCanary(answer && { counts: { from: NOON, totals: answer } });
    const { status, wakeAt } = decide(this.release, seen, now);
    this.release = { ...this.release, status };
    return ((wakeAt?.getTime() ?? Number.POSITIVE_INFINITY) - at().getTime()) / 1000;
  }

  #ask(second: number): ReadonlyMap<string, Reading<Totals>> {
    this.asked.push(`${second}`);
    const of = (shift: number): Reading<Totals> =>
      this.#silentAt.includes(second % INTERVAL)
        ? unknown('MetricsUnavailable', 'no answer')
        : known(this.counted(second, shift));
    return new Map(objectives.map(({ name }, index) => [name, of(7 * index)]));
  }

  counted(second: number, shift = 0): Totals {
    const scrapes = Math.floor(second / SCRAPE);
    const sum = (bad: readonly number[]): number =>
      Array.from({ length: scrapes }, (_, scrape) => bad[(scrape + shift) % bad.length] ?? 0).reduce(
        (a, b) => a + b,
        0,
      );
    const all = scrapes * REQUESTS;
    return totals(sum(this.#traffic.candidate), all, sum(this.#traffic.stable), all, scrapes * SCRAPE);
  }
}

const clumpsOf = ({ analysis = [] }: Status): readonly number[] =>
  analysis.map(({ current }) => current.clumps ?? 0);

/** The statuses at the regular looks of an operator that knows no others, up to a roll-back. */
async function regularly(traffic: Traffic): Promise<readonly Status[]> {
  const step = new Step(traffic);
  const statuses: Status[] = [];
  for (let look = 1; look <= INTERVALS && !step.status.failure; look += 1) {
    await step.pass(look * INTERVAL);
    statuses.push(step.status);
  }
  return statuses;
}

const withoutSentences = ({ message: _, conditions: __, ...status }: Status) => status;

describe('quick looks', () => {
  const seconds = fc.array(fc.integer({ min: 1, max: INTERVAL - 1 }), { maxLength: 3 });

  it('change nothing until one rolls back, with no more clumps than the next regular look would count', async () => {
    let [followed, sooner] = [0, 0];
    await fc.assert(
      fc.asyncProperty(someTraffic, seconds, seconds, async (traffic, restarts, silences) => {
        const regular = await regularly(traffic);
        const step = new Step(traffic, silences);
        let due = INTERVAL;
        for (let second = 1; second <= INTERVALS * INTERVAL && !step.status.failure; second += 1) {
          const next = regular[Math.ceil(second / INTERVAL) - 1];
          const before = step.status;
          const isSuspect = before.analysis?.some(({ suspect }) => suspect) ?? false;
          const restarted = isSuspect && restarts.includes(second % INTERVAL);
          if (restarted) step.restart();
          if (second < due && !restarted) continue;
          due = await step.pass(second);
          const { status } = step;
          if (second % INTERVAL === 0) {
            expect(withoutSentences(status)).toEqual(next && withoutSentences(next));
            continue;
          }
          followed += 1;
          if (status.failure) {
            sooner += 1;
            for (const [index, clumps] of clumpsOf(status).entries())
              expect(clumps).toBeLessThanOrEqual((next && clumpsOf(next)[index]) ?? 0);
          } else {
            expect(status.analysis).toEqual(before.analysis);
            expect(isSameNews(status, before)).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(followed).toBeGreaterThan(500);
    expect(sooner).toBeGreaterThan(10);
  });

  it('are not there while a candidate has no more bad requests than are allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { minLength: 1, maxLength: 9 }), async (bad) => {
        const step = new Step({ candidate: bad, stable: [0] });
        const asked: number[] = [];
        for (let due = INTERVAL; due <= INTERVALS * INTERVAL; due = await step.pass(due)) asked.push(due);
        expect(asked).toEqual(Array.from({ length: INTERVALS }, (_, index) => (index + 1) * INTERVAL));
        expect(step.asked).toHaveLength(INTERVALS);
      }),
      { numRuns: 100 },
    );
  });
});
