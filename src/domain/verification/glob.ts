/**
 * Whether the whole text fits the pattern: `*` stands for any run without a slash, `**` for any run at all.
 * Takes time in proportion to the lengths multiplied, whatever the pattern, unlike a backtracking expression.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*|\*|[^*]/g) ?? [];
  // reached[i]: the tokens so far can consume the first i characters.
  let reached: boolean[] = Array.from({ length: text.length + 1 }, (_, i) => i === 0);
  for (const token of tokens) reached = advance(reached, token, text);
  return reached[text.length] === true;
}

function advance(reached: readonly boolean[], token: string, text: string): boolean[] {
  const next: boolean[] = new Array(reached.length).fill(false);
  for (let i = 0; i < reached.length; i++) {
    if (!token.startsWith('*')) next[i] = i > 0 && reached[i - 1] === true && text[i - 1] === token;
    else {
      const crosses = token === '**' || text[i - 1] !== '/';
      next[i] = reached[i] === true || (i > 0 && next[i - 1] === true && crosses);
    }
  }
  return next;
}
