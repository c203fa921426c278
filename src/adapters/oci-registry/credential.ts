import { createHash } from 'node:crypto';

/** What proves to a registry who asks. */
type Secret =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token, exchanged for access tokens at the realm of the registry. */
  | { readonly kind: 'identityToken'; readonly token: string }
  /** An access token as it is. */
  | { readonly kind: 'registryToken'; readonly token: string };

/** A secret, and where it is from. */
export type Credential = Secret & {
  /** For messages, e.g. `Secret shop/regcred`. */
  readonly origin: string;
};

/** The same for equal secrets, and does not give them away: a key of caches. */
export function credentialId(credential: Credential | undefined): string {
  if (credential === undefined) return 'anonymous';
  const { origin: _, ...secret } = credential;
  return createHash('sha256').update(JSON.stringify(secret)).digest('hex');
}

/** The header that sends a name and password. */
export function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
