/** Label matchers with a comma between them. Empty ones are left out, and a comma at the end of one is no error. */
export const allOf = (...matchers: readonly (string | undefined)[]): string =>
  matchers
    .map((matcher) => matcher?.trim().replace(/,$/, '') ?? '')
    .filter((matcher) => matcher !== '')
    .join(',');

/** The series that have at least one of these sets of label matchers; one that has several is there once. */
export const anyOf = (alternatives: readonly string[], select: (matchers: string) => string): string =>
  alternatives.map(select).join(' or ');

/** How much each counter that has one of these sets of label matchers has grown over the window. */
export const increaseOf = (counter: string, alternatives: readonly string[]): string =>
  anyOf(alternatives, (matchers) => `increase(${counter}{${matchers}}[$window])`);
