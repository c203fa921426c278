import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Totals } from '../../src/api/artifact-release-status.ts';
import { readDecisionLog } from '../../src/cli/decision-log.ts';
import { known, type Reading } from '../../src/domain/reading.ts';
import { replay } from '../../src/domain/replay/replay.ts';
import { replayPass } from '../../src/domain/replay/replay-pass.ts';
import { replayStatus } from '../../src/domain/replay/status.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import {
  everyDecisionIsRecorded,
  everyRecordIsDecidedAgain,
  RecordedPasses,
  TalkativeWorld,
} from '../support/recorded-passes.ts';
import { live, RUNS } from '../support/release-lives.ts';
import { anyStory } from '../support/release-stories.ts';
import { SimulatedPrometheus } from '../support/simulated-prometheus.ts';
import { World } from '../support/simulated-world.ts';
import type { Watcher } from '../support/watcher.ts';

/** Thousandths of requests, as far as counts are kept. */
const aSide = fc.record({
  thousandths: fc.constantFrom(0, 1, 55_002, 612_345, 4_900_001),
  perThousand: fc.constantFrom(0, 0, 0, 2, 9, 11, 15),
});
const counted = ({ thousandths, perThousand }: { thousandths: number; perThousand: number }) => ({
  bad: Math.round((thousandths * perThousand) / 1000) / 1000,
  total: thousandths / 1000,
});

/** What is counted in each half minute since a step began, over and over. */
const someTraffic = fc.array(fc.record({ candidate: aSide.map(counted), stable: aSide.map(counted) }), {
  minLength: 1,
  maxLength: 3,
});
type Traffic = Record<'candidate' | 'stable', { readonly bad: number; readonly total: number }>;

class CountingPrometheus extends SimulatedPrometheus {
  readonly #traffic: readonly Traffic[];

  constructor(traffic: readonly Traffic[]) {
    super();
    this.#traffic = traffic;
  }

  override totals({ stable, windowSeconds }: SloQuestion): Reading<Totals> {
    const slots = Math.floor(windowSeconds / 30);
    const sum = (of: (one: Traffic) => number): number => {
      let all = 0;
      for (let slot = 0; slot < slots; slot += 1) {
        const one = this.#traffic[slot % this.#traffic.length];
        if (one) all += of(one);
      }
      return all;
    };
    return known({
      bad: sum(({ candidate }) => candidate.bad),
      total: sum(({ candidate }) => candidate.total),
      stableBad: stable ? sum((one) => one.stable.bad) : 0,
      stableTotal: stable ? sum((one) => one.stable.total) : 0,
      seconds: slots * 30,
    });
  }
}

/** A release from its first step to its end, with everything that the operator logged and stored on the way. */
async function released(traffic: readonly Traffic[]) {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const differing: unknown[] = [];
  const watcher: Watcher = {
    logged: (fields, message) => logger.info(fields, message),
    stored: ({ release: { spec } }, _, status) =>
      differing.push(...replayStatus({ spec, status }).differences),
  };
  const world = new World([watcher], {}, new CountingPrometheus(traffic));
  await world.runFor(60_000);
  await world.happen({ kind: 'git', digest: 1 });
  await world.runFor(15 * 60_000);
  return { differing, lines };
}

const read = (lines: readonly string[]) => readDecisionLog(toAsync(lines));

async function* toAsync(lines: readonly string[]) {
  yield* lines;
}

describe('a release', () => {
  it('can be computed again from its log and from every status that was stored, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(someTraffic, async (traffic) => {
        const { differing, lines } = await released(traffic);
        const { evaluations, misunderstood } = await read(lines);
        expect(evaluations.length).toBeGreaterThan(0);
        expect(misunderstood).toEqual([]);
        expect(replay(evaluations).flatMap(({ differences }) => differences)).toEqual([]);
        expect(differing).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('cannot, if one bit of an answer is another one', async () => {
    const { lines } = await released([
      { candidate: { bad: 1.5, total: 700.125 }, stable: { bad: 3, total: 9_000 } },
    ]);
    const { evaluations } = await read(lines);
    const answers = evaluations.flatMap(({ assessment, budget }, line) => [
      { line, part: 'assessment' as const, field: 'burnRate', value: assessment.burnRate ?? 0 },
      { line, part: 'assessment' as const, field: 'evidence', value: assessment.evidence },
      { line, part: 'budget' as const, field: 'spentPercent', value: budget.spentPercent },
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.integer({ min: 0, max: 62 }), (answer, bit) => {
        const flipped = evaluations.with(answer.line, {
          ...(evaluations[answer.line] ?? expect.unreachable()),
          [answer.part]: {
            ...evaluations[answer.line]?.[answer.part],
            [answer.field]: withFlipped(answer.value, bit),
          },
        });
        expect(replay(flipped).flatMap(({ differences }) => differences)).toMatchObject([
          { field: `${answer.part}.${answer.field}`, computed: answer.value },
        ]);
      }),
    );
  });
});

describe('whatever happens to a release', () => {
  it('is recorded before it is stored, and is decided again from the record, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async ({ setup, happenings }) => {
        const rules = [everyDecisionIsRecorded(), everyRecordIsDecidedAgain()];
        await live(setup, new TalkativeWorld(rules, setup), happenings);
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it('is found where one bit of it is another one', async () => {
    const passes = new RecordedPasses();
    const setup = { seasoned: true };
    await live(setup, new TalkativeWorld([passes], setup), [
      { kind: 'time', seconds: 200 },
      { kind: 'measure', as: 'burning' },
      { kind: 'time', seconds: 600 },
    ]);
    const leaves = passes.all.flatMap((pass) => leavesOf(pass.outcome).map((leaf) => ({ pass, ...leaf })));
    expect(leaves.length).toBeGreaterThan(500);
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.nat(), ({ pass, path, value }, bit) => {
        const stored = withOtherBit(value, bit);
        const outcome = withLeaf(pass.outcome, path, stored);
        const field = path.join('.').replace(/^changed/, 'status');
        expect(replayPass({ ...pass, outcome }).differences).toMatchObject([{ field, stored }]);
      }),
      { numRuns: 1000 },
    );
  });
});

interface Leaf {
  readonly path: readonly string[];
  /** A number, a word or nothing. */
  readonly value: unknown;
}

const leavesOf = (value: unknown, path: readonly string[] = []): readonly Leaf[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, held]) => leavesOf(held, [...path, key]))
    : [{ path, value }];

function withLeaf<T extends object>(whole: T, path: readonly string[], leaf: unknown): T {
  const copy = structuredClone(whole);
  const at = path.slice(0, -1).reduce((object: object, key) => Reflect.get(object, key), copy);
  Reflect.set(at, path.at(-1) ?? '', leaf);
  return copy;
}

/** Another value of the same kind, as different as one bit can make it. */
function withOtherBit(value: unknown, bit: number): unknown {
  if (typeof value === 'number') return withFlipped(value, bit % 52);
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return 0;
  const index = bit % Math.max(1, value.length);
  const code = (value.charCodeAt(index) || 0) ^ 1;
  return `${value.slice(0, index)}${String.fromCharCode(code)}${value.slice(index + 1)}`;
}

/** A double with one of its lowest bits, from 0, turned round. */
function withFlipped(value: number, bit: number): number {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  bytes.setBigUint64(0, bytes.getBigUint64(0) ^ (1n << BigInt(bit)));
  return bytes.getFloat64(0);
}
