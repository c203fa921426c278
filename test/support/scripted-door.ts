import { type Answer, error, PAGE_NOT_FOUND, type ReceivedRequest } from './scripted-answer.ts';

/** What a registry asks of those who come. Bearer tokens are at /token of the same server. */
export type Protection =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly users: Readonly<Record<string, string>> }
  | {
      readonly scheme: 'bearer';
      /** Names and passwords; without any, everybody gets a token. */
      readonly users?: Readonly<Record<string, string>>;
      readonly identityTokens?: readonly string[];
      /** Seconds. */
      readonly expiresIn?: number;
      /** What a call needs beyond what its method does. */
      readonly scopeOf?: (path: string) => string | undefined;
      /** What tokens are good for, of the actions that were asked for; all of them without it. */
      readonly granted?: (user: string, repository: string) => readonly string[];
    };

/** As distribution has it. */
const ACTIONS: Readonly<Record<string, string>> = { GET: 'pull', HEAD: 'pull', DELETE: 'delete' };

/** Lets in who may come in, and hands out the tokens for it. */
export class ScriptedDoor {
  protection: Protection = { scheme: 'none' };
  readonly #tokens = new Map<string, readonly string[]>();

  /** As if all of them had been revoked. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  refuse(
    { headers: { authorization }, method, path }: ReceivedRequest,
    repository: string,
    origin: string,
  ): Answer | undefined {
    const { protection } = this;
    if (protection.scheme === 'none') return undefined;
    if (protection.scheme === 'basic') {
      if (userOf(protection.users, authorization) !== undefined) return undefined;
      return error(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': 'Basic realm="test"',
      });
    }
    const from = new URL(path, origin).searchParams.get('from');
    const needed = [
      `repository:${repository}:${ACTIONS[method] ?? 'pull,push'}`,
      from === null ? undefined : `repository:${from}:pull`,
      protection.scopeOf?.(path),
    ].filter((one) => one !== undefined);
    const granted = this.#tokens.get(authorization?.replace('Bearer ', '') ?? '');
    if (needed.every((scope) => granted?.some((one) => covers(one, scope)))) return undefined;
    const problem = granted === undefined ? '' : ',error="insufficient_scope"';
    const challenge = `Bearer realm="${origin}/token",service="test",scope="${needed.join(' ')}"${problem}`;
    return error(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
  }

  issue({ body, headers, method }: ReceivedRequest, url: URL): Answer {
    const { protection } = this;
    if (protection.scheme !== 'bearer') return PAGE_NOT_FOUND;
    const form = new URLSearchParams(body);
    const { granted, identityTokens, users } = protection;
    const byPassword = users === undefined ? '' : userOf(users, headers.authorization);
    const byToken = identityTokens?.find((token) => token === form.get('refresh_token'));
    const user = method === 'POST' ? byToken : byPassword;
    if (user === undefined)
      return { status: 401, body: JSON.stringify({ details: 'incorrect username or password' }) };
    const token = `token-${this.#tokens.size + 1}-${Math.random()}`;
    const asked = method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
    const cut = (scope: string): string => {
      const { actions, name, type } = parseScope(scope);
      const allowed = granted?.(user, name) ?? actions;
      return `${type}:${name}:${actions.filter((action) => allowed.includes(action)).join(',')}`;
    };
    this.#tokens.set(token, asked.map(cut));
    return { status: 200, body: JSON.stringify({ token, expires_in: protection.expiresIn ?? 300 }) };
  }
}

function covers(granted: string, needed: string): boolean {
  const [has, needs] = [parseScope(granted), parseScope(needed)];
  return (
    has.type === needs.type &&
    has.name === needs.name &&
    needs.actions.every((action) => has.actions.includes(action))
  );
}

function parseScope(scope: string) {
  const [, type = '', name = '', actions = ''] = /^([^:]*):(.*):([^:]*)$/.exec(scope) ?? [];
  return { type, name, actions: actions.split(',') };
}

function userOf(users: Readonly<Record<string, string>>, authorization = ''): string | undefined {
  const decoded = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8');
  return Object.entries(users).find(([name, password]) => decoded === `${name}:${password}`)?.[0];
}
