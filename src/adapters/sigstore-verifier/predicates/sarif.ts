import { z } from 'zod';
import type { Severity } from '../../../api/attestation-spec.ts';
import type { Vulnerability } from '../../../domain/verification/predicate-facts.ts';
import { severityOfScore } from './severity.ts';
import { parsed, UnreadableError } from './unreadable.ts';

const Level = z.enum(['error', 'warning', 'note', 'none']);

const Rule = z.object({
  id: z.string().max(256),
  properties: z.object({ 'security-severity': z.union([z.string(), z.number()]).optional() }).optional(),
  defaultConfiguration: z.object({ level: Level.optional() }).optional(),
});

const Result = z.object({
  ruleId: z.string().min(1).max(256).optional(),
  ruleIndex: z.int().min(0).optional(),
  level: Level.optional(),
  suppressions: z.array(z.object({ status: z.string().optional() })).nullish(),
  locations: z.array(z.unknown()).nullish(),
});

const Log = z.object({
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.object({
        tool: z.object({ driver: z.object({ rules: z.array(Rule).optional() }) }),
        results: z.array(Result),
      }),
    )
    .min(1),
});

const OF_LEVEL: Readonly<Record<z.infer<typeof Level>, Severity>> = {
  error: 'high',
  warning: 'medium',
  note: 'low',
  none: 'low',
};

export function readSarif(result: unknown): readonly Vulnerability[] {
  return parsed(Log, result, 'SARIF 2.1.0').runs.flatMap(({ tool, results }) => {
    const rules = tool.driver.rules ?? [];
    return results.filter((one) => !isSuppressed(one)).map((one) => toVulnerability(one, rules));
  });
}

/** A suppression counts unless somebody has yet to accept it, or has refused to. */
const isSuppressed = ({ suppressions }: z.infer<typeof Result>): boolean =>
  (suppressions ?? []).length > 0 &&
  (suppressions ?? []).every(({ status }) => status === undefined || status === 'accepted');

function toVulnerability(
  result: z.infer<typeof Result>,
  rules: readonly z.infer<typeof Rule>[],
): Vulnerability {
  const { ruleId, ruleIndex } = result;
  const rule = ruleIndex === undefined ? rules.find(({ id }) => id === ruleId) : rules[ruleIndex];
  const id = ruleId ?? rule?.id;
  if (id === undefined) throw new UnreadableError('a SARIF result without a rule');
  const score = rule?.properties?.['security-severity'];
  // The default level of SARIF is a warning.
  const level = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
  return {
    id,
    component: JSON.stringify(result.locations ?? []).slice(0, 512),
    severity: score === undefined ? OF_LEVEL[level] : severityOfScore(Number(score)),
    fixAvailable: true,
  };
}
