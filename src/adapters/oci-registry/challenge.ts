/** One way to authenticate that a server offers in WWW-Authenticate (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`, … */
  readonly scheme: string;
  /** By name in lower case; of a name that comes twice, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const EQUALS = /\s*=\s*(?!=)/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
/** Wider than the RFC: some registries do not quote the URL of their realm. */
const UNQUOTED = /[^\s,"]+/y;
/** Credentials of one word, such as those of Negotiate; no parameter follows it. */
const TOKEN68 = /\s+[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;

/**
 * The challenges of a header, in its order. A scope holds commas and a header several challenges, so splitting at
 * commas will not do. What cannot be read ends the list; linear in the length of the header.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const scanner = new Scanner(header);
  for (;;) {
    scanner.take(SEPARATORS);
    const token = scanner.take(TOKEN)?.toLowerCase();
    if (token === undefined) return challenges;
    const current = challenges.at(-1)?.parameters;
    if (scanner.take(EQUALS) === undefined) {
      challenges.push({ scheme: token, parameters: new Map() });
      scanner.take(TOKEN68);
      continue;
    }
    const value = scanner.take(QUOTED)?.replace(/\\(.)/gs, '$1') ?? scanner.take(UNQUOTED);
    if (value === undefined || current === undefined) return challenges;
    if (!current.has(token)) current.set(token, value);
  }
}

class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What the sticky expression matches here: its first group, else all of it. Undefined if it does not match. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#position;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#position += match[0].length;
    return match[1] ?? match[0];
  }
}
