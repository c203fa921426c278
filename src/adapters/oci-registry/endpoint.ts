import type { Credential } from './credential.ts';
import type { Peer } from './http-exchange.ts';
import type { CredentialLookup } from './keyring.ts';

/** One place where a repository can be read: the registry itself, or a mirror. */
export interface EndpointOptions {
  readonly peer: Peer;
  readonly origin: string;
  /** Of the repository, as in URLs. */
  readonly path: string;
  /** Whether its tags and lists of referrers are to be believed. */
  readonly listings: boolean;
  readonly lookup: (signal: AbortSignal) => Promise<CredentialLookup>;
}

/** An endpoint during one task: it remembers which credential was accepted, and whether it was down. */
export class Endpoint {
  readonly options: EndpointOptions;
  isDown = false;
  #accepted: Credential | undefined;

  constructor(options: EndpointOptions) {
    this.options = options;
  }

  /** `registry/path`, for people and for finding credentials. */
  get name(): string {
    return `${this.options.peer.registry}/${this.options.path}`;
  }

  /** Of the repository, e.g. `manifests/sha256:…`. */
  url(path: string): URL {
    return new URL(`${this.options.origin}/v2/${this.options.path}/${path}`);
  }

  /** What to try, in order: what worked before comes first. Undefined stands for anonymous, when nothing else is there. */
  async candidates(signal: AbortSignal): Promise<{
    readonly credentials: readonly (Credential | undefined)[];
    readonly problems: readonly string[];
  }> {
    const { credentials, problems } = await this.options.lookup(signal);
    if (credentials.length === 0) return { credentials: [undefined], problems };
    const accepted = credentials.filter((credential) => credential === this.#accepted);
    return { credentials: [...new Set([...accepted, ...credentials])], problems };
  }

  accept(credential: Credential | undefined): void {
    this.#accepted = credential;
  }
}
