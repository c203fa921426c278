import type { Digest } from '../../api/scalars.ts';
import type { Random } from '../../controller/backoff.ts';
import type { Clock } from '../../controller/clock.ts';
import { withDeadline } from '../../controller/deadline.ts';
import type {
  BlobRequest,
  Descriptor,
  LegacyKind,
  Manifest,
  RepositoryReader,
} from '../../ports/registry.ts';
import { isNotFound, RegistryError } from '../../ports/registry-error.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointClient } from './endpoint-client.ts';
import { describeFailure, retryTransient, toRegistryError } from './registry-calls.ts';
import type { RegistryTransport } from './registry-transport.ts';

/** Time limits in ms. */
export interface TimeLimits {
  /** Of one call, with everything that belongs to it. */
  readonly callMs: number;
  /** Of a mirror, so that one that hangs leaves time for the registry itself. */
  readonly mirrorMs: number;
  /** Of the header of one answer, and of each pause in its body. */
  readonly answerMs: number;
}

export interface RepositoryClientOptions {
  readonly repository: string;
  readonly registry: Endpoint;
  /** In the order in which they are asked, before the registry. */
  readonly mirrors: readonly Endpoint[];
  readonly transport: RegistryTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: TimeLimits;
}

interface Reading<T> {
  /** For messages, e.g. `manifest sha256:…`. */
  readonly what: string;
  /** Not proven by a digest: asked only of mirrors that are to be believed. */
  readonly listing?: boolean;
  /** False for an answer of a mirror that the registry may better. */
  readonly isEnough?: (answer: T) => boolean;
  readonly read: (client: EndpointClient) => Promise<T>;
}

/**
 * Reads one repository, from its mirrors first. Whatever a mirror fails with, the next one is asked, and what the
 * registry itself says is what counts. A mirror that was down is left alone for the rest of the task. Only the
 * registry is asked again when the network breaks.
 */
export class RepositoryClient implements RepositoryReader {
  readonly repository: string;
  readonly #options: RepositoryClientOptions;

  constructor(options: RepositoryClientOptions) {
    this.repository = options.repository;
    this.#options = options;
  }

  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest> {
    return this.#read({ what: `manifest ${digest}`, read: (client) => client.manifest(digest) }, signal);
  }

  tagged(tag: string, signal: AbortSignal): Promise<Manifest> {
    return this.#read({ what: `tag ${tag}`, listing: true, read: (client) => client.tagged(tag) }, signal);
  }

  async blob(blob: BlobRequest, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { digest, size } = blob;
    if (size > maxBytes) {
      const problem = `it has ${size} bytes, and ${maxBytes} is the limit`;
      throw new RegistryError('TooLarge', `${this.repository}: blob ${digest}: ${problem}`);
    }
    return await this.#read({ what: `blob ${digest}`, read: (client) => client.blob(blob) }, signal);
  }

  async referrers(digest: Digest, maxReferrers: number, signal: AbortSignal): Promise<readonly Descriptor[]> {
    return await this.#read(
      {
        ...{ what: `referrers of ${digest}`, listing: true, isEnough: isNotEmpty },
        read: async (client) =>
          (await client.referrers(digest, maxReferrers)) ??
          (await client.referrersByTag(digest, maxReferrers)),
      },
      signal,
    );
  }

  referrersByTag(digest: Digest, maxReferrers: number, signal: AbortSignal): Promise<readonly Descriptor[]> {
    return this.#read(
      {
        ...{ what: `referrers tag of ${digest}`, listing: true, isEnough: isNotEmpty },
        read: (client) => client.referrersByTag(digest, maxReferrers),
      },
      signal,
    );
  }

  async referrer(referrer: Descriptor, subject: Digest, signal: AbortSignal): Promise<Manifest> {
    const manifest = await this.manifest(referrer.digest, signal);
    if (manifest.subject?.digest === subject) return manifest;
    throw new RegistryError(
      'Malformed',
      `${this.repository}: referrer ${referrer.digest}: its subject is ${manifest.subject?.digest ?? 'missing'}, not ${subject}`,
    );
  }

  async legacy(digest: Digest, kind: LegacyKind, signal: AbortSignal): Promise<Manifest | undefined> {
    try {
      return await this.tagged(`${digest.replace(':', '-')}.${kind}`, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  tags(maxTags: number, signal: AbortSignal): Promise<readonly string[]> {
    return this.#read(
      { what: 'tags', listing: true, isEnough: isNotEmpty, read: (client) => client.tags(maxTags) },
      signal,
    );
  }

  async #read<T>(reading: Reading<T>, parent: AbortSignal): Promise<T> {
    const { clock, limits, mirrors } = this.#options;
    const failures: string[] = [];
    try {
      return await withDeadline(clock, limits.callMs, parent, async (signal) => {
        for (const mirror of mirrors.filter((one) => isAsked(one, reading.listing === true))) {
          const answer = await this.#fromMirror(mirror, reading, signal, failures);
          if (answer !== undefined && (reading.isEnough?.(answer) ?? true)) return answer;
        }
        return await this.#fromRegistry(reading, signal);
      });
    } catch (error) {
      if (parent.aborted) throw parent.reason;
      throw describeFailure(`${this.repository}: ${reading.what}`, error, failures);
    }
  }

  /** Undefined for a failure, which is noted. */
  async #fromMirror<T>(
    mirror: Endpoint,
    { read }: Reading<T>,
    parent: AbortSignal,
    failures: string[],
  ): Promise<T | undefined> {
    const { clock, limits } = this.#options;
    try {
      return await withDeadline(clock, limits.mirrorMs, parent, (signal) =>
        read(this.#client(mirror, signal)),
      );
    } catch (error) {
      if (parent.aborted) throw parent.reason;
      const failure = toRegistryError(error);
      mirror.isDown ||= failure.reason === 'Unavailable';
      if (failure.reason !== 'NotFound') failures.push(`mirror ${mirror.name}: ${failure.message}`);
      return undefined;
    }
  }

  #fromRegistry<T>({ read }: Reading<T>, signal: AbortSignal): Promise<T> {
    const { random, registry } = this.#options;
    return retryTransient(() => read(this.#client(registry, signal)), signal, random);
  }

  #client(endpoint: Endpoint, signal: AbortSignal): EndpointClient {
    return new EndpointClient(endpoint, this.#options.transport, signal);
  }
}

const isNotEmpty = (list: readonly unknown[]): boolean => list.length > 0;

const isAsked = ({ isDown, options }: Endpoint, listing: boolean): boolean =>
  !isDown && (options.listings || !listing);
