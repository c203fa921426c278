import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const ISSUER = 'test-issuer';
const SERVICE = 'test-registry';
const KEY_ID = 'test-key';

/** Whether an action, e.g. `push`, is granted for a repository. */
type MayDo = (action: string, repository: string) => boolean;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * The realm of a real registry: gives one user a token for what is asked for, as far as it may have it, signed with
 * ES256, and counts how often.
 */
export class TokenServer implements AsyncDisposable {
  issued = 0;
  readonly #server: Server;
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  private constructor(username: string, password: string, mayDo: MayDo) {
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    this.#server = createServer((request, response) => {
      if (request.headers.authorization !== expected) {
        response.writeHead(401).end(JSON.stringify({ details: 'incorrect username or password' }));
        return;
      }
      this.issued += 1;
      const scopes = new URL(request.url ?? '', 'http://realm').searchParams.getAll('scope');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ token: this.#token(username, scopes, mayDo), expires_in: 300 }));
    });
  }

  /** The user may do everything unless `mayDo` says otherwise. */
  static async start(username: string, password: string, mayDo: MayDo = () => true): Promise<TokenServer> {
    const server = new TokenServer(username, password, mayDo);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** The `auth` part of a registry's configuration; the key is at `jwksFile`, with `jwks` as its content. */
  auth(jwksFile: string): object {
    const { port } = this.#server.address() as AddressInfo;
    return {
      token: { realm: `http://127.0.0.1:${port}/token`, service: SERVICE, issuer: ISSUER, jwks: jwksFile },
    };
  }

  get jwks(): string {
    const key = this.#keys.publicKey.export({ format: 'jwk' });
    return JSON.stringify({ keys: [{ ...key, kid: KEY_ID, alg: 'ES256', use: 'sig' }] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #token(subject: string, scopes: readonly string[], mayDo: MayDo): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',').filter((action) => mayDo(action, name)) };
    });
    const claims = {
      iss: ISSUER,
      aud: SERVICE,
      sub: subject,
      iat: now,
      nbf: now - 5,
      exp: now + 300,
      jti: randomUUID(),
      access,
    };
    const content = `${encode({ typ: 'JWT', alg: 'ES256', kid: KEY_ID })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(content), {
      key: this.#keys.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${content}.${signature.toString('base64url')}`;
  }
}
