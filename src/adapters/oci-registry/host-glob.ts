type Step = 'any run' | ((character: string) => boolean);

/**
 * Whether a glob in the syntax of Go's filepath.Match, as the kubelet has it, matches a whole label of a host name:
 * `*`, `?`, `[a-z]`, `[^a-z]`, and a backslash before a character that is meant. A malformed one matches nothing.
 *
 * Not translated into a regular expression: globs come from users' Secrets, and `*a*a*a*b` would take for ever.
 */
export function matchesGlob(glob: string, label: string): boolean {
  const steps = parseGlob(glob);
  if (steps === undefined) return false;
  let [step, at] = [0, 0];
  let [resumeStep, resumeAt] = [-1, 0];
  while (at < label.length) {
    const current = steps[step];
    if (current === 'any run') {
      [resumeStep, resumeAt] = [step, at];
      step += 1;
    } else if (current?.(label.charAt(at))) {
      step += 1;
      at += 1;
    } else if (resumeStep >= 0) {
      // The last star takes one character more. Earlier ones need not: they matched as early as they could.
      resumeAt += 1;
      [step, at] = [resumeStep + 1, resumeAt];
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest === 'any run');
}

const CHARACTER = /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([^\\[])/sy;
const RANGE = /\\?(.)(?:-\\?(.))?/gs;

function parseGlob(glob: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let at = 0; at < glob.length; ) {
    CHARACTER.lastIndex = at;
    const match = CHARACTER.exec(glob);
    if (match === null) return undefined;
    at += match[0].length;
    const [, escaped, negation, ranges, plain] = match;
    if (plain === '*') steps.push('any run');
    else if (plain === '?') steps.push(() => true);
    else if (ranges !== undefined) steps.push(inRanges(ranges, negation === '^'));
    else steps.push((character) => character === (escaped ?? plain));
  }
  return steps;
}

function inRanges(ranges: string, negated: boolean): Step {
  const bounds = [...ranges.matchAll(RANGE)].map(([, low = '', high = low]) => [low, high] as const);
  return (character) => bounds.some(([low, high]) => low <= character && character <= high) !== negated;
}
