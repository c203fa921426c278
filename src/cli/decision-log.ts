import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { Totals } from '../api/artifact-release-status.ts';
import { Clumping } from '../api/candidate-status.ts';
import { ConditionReason } from '../api/conditions.ts';
import { Digest } from '../api/scalars.ts';
import type { LoggedEvaluation } from '../domain/replay/replay.ts';
import { type ReplayedPass, replayPass } from '../domain/replay/replay-pass.ts';
import { RecordedLine, Schema } from './recorded-line.ts';

/** What is said of a line that is meant to be one of the decision log, and is not understood. */
export interface Misunderstood {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

export interface DecisionLog {
  readonly evaluations: readonly LoggedEvaluation[];
  readonly passes: readonly ReplayedPass[];
  readonly misunderstood: readonly Misunderstood[];
}

const ratio = z.number().gt(0).lt(1);
const count = z.number().min(0);

/** A line `evaluated` of the operator. What a newer one adds to an answer stays in it, so that it is found to differ. */
const EvaluatedLine = z.object({
  schema: Schema,
  release: z.string(),
  uid: z.string(),
  evaluatedAt: z.iso.datetime(),
  digest: Digest,
  attempt: z.int().min(1),
  stage: z.union([z.int().min(0), z.literal('bake')]),
  ends: z.object({ passed: z.iso.datetime(), proven: z.iso.datetime().exactOptional() }).exactOptional(),
  weight: count,
  objective: z.string(),
  input: z.object({
    target: ratio,
    maxBurnRate: z.number().gt(0),
    confidence: ratio,
    steps: z.array(Totals),
    current: Totals,
    comparison: z.enum(['concurrent', 'before']),
    clumping: Clumping,
    measure: z.enum(['requests', 'samples']),
  }),
  assessment: z.looseObject({
    verdict: z.enum(['Pass', 'Hold', 'RollBack']),
    reason: ConditionReason,
    burnRate: count.exactOptional(),
    evidence: count,
    requestsNeeded: count,
    notWorse: z.boolean(),
    proven: z.boolean(),
  }),
  budget: z.looseObject({ windowSeconds: z.number().gt(0), spentPercent: count, limit: count }),
});

/** A line of ours: by its end, or by its beginning where the end is missing. */
const OURS = /"msg":\s*"(?:evaluated|recorded)"|"schema":\s*\d+,\s*"(?:release|version)":/;

const Fields = z.looseObject({ msg: z.string(), version: z.string().max(64).optional().catch(undefined) });

/**
 * Reads the lines `evaluated` and `recorded`, and skips all others. What a log collector or kubectl writes in front of
 * them is no part of them. A pass is large: it is decided again at once, and what comes of it is kept.
 */
export async function readDecisionLog(lines: AsyncIterable<string>): Promise<DecisionLog> {
  const evaluations: LoggedEvaluation[] = [];
  const passes: ReplayedPass[] = [];
  const misunderstood: Misunderstood[] = [];
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (!OURS.test(line)) continue;
    const fields = Fields.safeParse(parsed(line)).data;
    const misread = (problem: string) => misunderstood.push({ line: number, problem });
    const read = <T>(form: z.ZodType<T>, keep: (value: T) => void): void => {
      const { data, error } = form.safeParse(fields);
      if (error) misread(`${z.prettifyError(error)}${whose(fields?.version)}`);
      else keep(data);
    };
    if (!fields) misread('it is no JSON, or a part of it is missing');
    else if (fields.msg === 'evaluated') read(EvaluatedLine, (evaluation) => evaluations.push(evaluation));
    else if (fields.msg === 'recorded') read(RecordedLine, (pass) => passes.push(replayPass(pass)));
  }
  return { evaluations, passes, misunderstood };
}

/** Another version explains most of what is not understood. */
function whose(version: string | undefined): string {
  const other = version === undefined ? undefined : otherVersion(version);
  return other === undefined ? '' : `; it was ${other}`;
}

/** What people are told of a line that another version of the operator logged, before an update or after one. */
export const otherVersion = (version: string): string | undefined =>
  version === manifest.version
    ? undefined
    : `logged by version ${version} of the operator, and this is ${manifest.version}`;

/** The object of a line; undefined where there is none. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf('{')));
  } catch {
    return undefined;
  }
}
