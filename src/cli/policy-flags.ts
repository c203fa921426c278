import { Decimal } from '../api/scalars.ts';
import type { Policy, PolicyChange } from '../domain/replay/policy.ts';
import { usageError } from './command.ts';
import { CommandError, EXIT } from './exit-code.ts';

interface Field {
  readonly field: keyof Policy;
  readonly isAllowed: (value: number) => boolean;
  readonly bounds: string;
  /** What people write, by what is computed with. */
  readonly unit?: number;
}

/** The flags that change a policy, with the bounds that the spec of a release has. */
const FIELDS: Readonly<Record<string, Field>> = {
  confidence: { field: 'confidence', isAllowed: (x) => x >= 0.5 && x < 1, bounds: 'from 0.5 to below 1' },
  'max-burn-rate': { field: 'maxBurnRate', isAllowed: (x) => x > 0, bounds: 'above 0' },
  target: { field: 'target', isAllowed: (x) => x > 0 && x < 100, bounds: 'above 0 and below 100', unit: 100 },
  'budget-limit': { field: 'budgetLimit', isAllowed: (x) => x > 0 && x <= 100, bounds: 'above 0, up to 100' },
};

const several = { type: 'string', multiple: true } as const;

export const POLICY_FLAGS = {
  confidence: several,
  'max-burn-rate': several,
  target: several,
  'budget-limit': several,
} as const;

export const POLICY_HELP = `Another policy, as <x>, or as <objective>=<x> for one objective alone; each may be given several times:
  --confidence <x>       as in spec.analysis
  --max-burn-rate <x>    likewise
  --budget-limit <x>     likewise, in percent of the error budget
  --target <x>           as in spec.objectives, in percent`;

/** Throws CommandError for an objective that is meant and is none of those that there are. */
export function expectObjectives(change: PolicyChange | undefined, objectives: ReadonlySet<string>): void {
  const strangers = [...(change?.of.keys() ?? [])].filter((objective) => !objectives.has(objective));
  if (strangers.length === 0) return;
  const known = [...objectives].join(', ');
  throw new CommandError(EXIT.usage, `there is no objective ${strangers.join(', ')}; there is ${known}`);
}

/** The policy that the flags ask for; undefined where they ask for none. Throws CommandError. */
export function policyChange(
  command: string,
  flags: Readonly<Partial<Record<keyof typeof POLICY_FLAGS, readonly string[]>>>,
): PolicyChange | undefined {
  let everywhere: Partial<Policy> = {};
  const of = new Map<string, Partial<Policy>>();
  for (const [flag, { bounds, field, isAllowed, unit = 1 }] of Object.entries(FIELDS)) {
    for (const text of flags[flag as keyof typeof POLICY_FLAGS] ?? []) {
      const [, objective, number = ''] = /^(?:([^=]*)=)?(.*)$/.exec(text) ?? [];
      if (!Decimal.safeParse(number).success || !isAllowed(Number(number)))
        throw usageError(command, `--${flag} ${text}: it is a number ${bounds}`);
      const changed = { [field]: Number(number) / unit };
      if (objective === undefined) everywhere = { ...everywhere, ...changed };
      else of.set(objective, { ...of.get(objective), ...changed });
    }
  }
  return Object.keys(everywhere).length > 0 || of.size > 0 ? { everywhere, of } : undefined;
}
