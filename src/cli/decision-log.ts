import { z } from 'zod';
import { Totals } from '../api/artifact-release-status.ts';
import { Clumping } from '../api/candidate-status.ts';
import { ConditionReason } from '../api/conditions.ts';
import { Digest } from '../api/scalars.ts';
import type { LoggedEvaluation } from '../domain/replay/replay.ts';

/** What is said of a line that is meant to be one of the decision log, and is not understood. */
export interface Misunderstood {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

export interface DecisionLog {
  readonly evaluations: readonly LoggedEvaluation[];
  readonly misunderstood: readonly Misunderstood[];
}

const ratio = z.number().gt(0).lt(1);
const count = z.number().min(0);

/** A line `evaluated` of the operator. What a newer one adds to an answer stays in it, so that it is found to differ. */
const Line = z.object({
  schema: z.literal(1),
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

/** Reads the lines `evaluated`, and skips all others. What a log collector or kubectl writes in front of them is no part of them. */
export async function readDecisionLog(lines: AsyncIterable<string>): Promise<DecisionLog> {
  const evaluations: LoggedEvaluation[] = [];
  const misunderstood: Misunderstood[] = [];
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (!/"msg":\s*"evaluated"/.test(line)) continue;
    const read = Line.safeParse(parsed(line));
    if (read.success) evaluations.push(read.data);
    else misunderstood.push({ line: number, problem: z.prettifyError(read.error) });
  }
  return { evaluations, misunderstood };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf('{')));
  } catch {
    return undefined;
  }
}
