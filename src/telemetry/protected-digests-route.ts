/**
 * `GET /v1/protected-digests`: what must not be collected, for a clean-up of a registry to read. `repository` limits it
 * to one, `format=text` gives a line `repository@digest` for each manifest.
 *
 * Fails closed: a text may be piped straight into a clean-up, so there is none unless it is complete.
 */
import { createHash } from 'node:crypto';
import { Repository } from '../api/scalars.ts';
import type { ProtectedDigests, ProtectedList } from '../ports/protected-digests.ts';
import { jsonAnswer, type Route, type RouteAnswer } from './route.ts';

export interface ProtectedDigestsParts {
  readonly digests: ProtectedDigests;
  /** Why the caches do not tell the truth yet; undefined when they do. */
  readonly notReady: () => string | undefined;
}

interface Wish {
  readonly repository?: string;
  readonly format: 'json' | 'text';
}

const COMPLETE = 'x-artifactrelease-complete';
const FORMATS: readonly string[] = ['json', 'text'];
const MAX_SHOWN = 150;

export function protectedDigestsRoute({ digests, notReady }: ProtectedDigestsParts): Route {
  return ({ query, headers }) => {
    const wish = parseWish(query);
    if ('problem' in wish) return jsonAnswer(400, { reason: 'Invalid', message: wish.problem });
    const problem = notReady();
    if (problem !== undefined)
      return jsonAnswer(503, { reason: 'NotReady', message: problem }, { [COMPLETE]: 'false' });
    const list = digests.list(wish.repository);
    const answer = wish.format === 'text' ? asText(list) : asJson(list);
    const known = headers['if-none-match'];
    const unchanged = answer.status === 200 && known !== undefined && namesTag(known, answer.headers?.etag);
    return unchanged ? { status: 304, headers: answer.headers ?? {} } : answer;
  };
}

/** Unknown parameters are refused: a misspelt one would silently give another list than the one that was meant. */
function parseWish(query: URLSearchParams): Wish | { readonly problem: string } {
  const { repository, format = 'json', ...others } = Object.fromEntries(query);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return { problem: `${shown(unknown)} is no parameter; there are repository and format` };
  const twice = [...query.keys()].find((name, index, all) => all.indexOf(name) < index);
  if (twice !== undefined) return { problem: `${twice} is given twice; give it once` };
  if (format !== 'json' && format !== 'text')
    return { problem: `format must be ${FORMATS.join(' or ')}, not ${shown(format)}` };
  if (repository === undefined) return { format };
  if (Repository.safeParse(repository).success) return { format, repository };
  const problem = `repository must be a registry and a path, such as registry.example.com/shop/web, without tag and digest, not ${shown(repository)}`;
  return { problem };
}

function asJson(list: ProtectedList): RouteAnswer {
  const { generatedAt, ...content } = list;
  const body = { ...content, generatedAt: generatedAt.toISOString() };
  return jsonAnswer(200, body, headersOf(list, JSON.stringify(content)));
}

function asText(list: ProtectedList): RouteAnswer {
  if (!list.complete) {
    const message = `the list is not complete, and no clean-up may run by a part of it: ${list.missing.join('; ')}`;
    return jsonAnswer(503, { reason: 'NotComplete', message }, headersOf(list));
  }
  const lines = list.digests.flatMap(({ repository, members }) =>
    members.map((digest) => `${repository}@${digest}\n`),
  );
  const text = [...new Set(lines)].sort().join('');
  return { status: 200, headers: headersOf(list, text), body: { contentType: 'text/plain', text } };
}

/** A weak tag, since it says nothing of `generatedAt`. */
function headersOf(list: ProtectedList, content?: string): Readonly<Record<string, string>> {
  const hash = content === undefined ? undefined : createHash('sha256').update(content).digest('hex');
  return {
    [COMPLETE]: String(list.complete),
    'x-artifactrelease-generated-at': list.generatedAt.toISOString(),
    ...(hash !== undefined && { etag: `W/"${hash}"` }),
  };
}

/** RFC 9110: a comma-separated list of tags, weak or not, or `*` for any. */
function namesTag(ifNoneMatch: string, tag: string | number | undefined): boolean {
  const strong = (one: string) => one.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || strong(one) === strong(String(tag)));
}

const shown = (text: string): string => JSON.stringify(text.slice(0, MAX_SHOWN));
