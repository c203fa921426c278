import type { Digest } from '../api/scalars.ts';
import { shortDigest } from '../domain/digest.ts';
import { discoveryTags } from '../domain/protection/keep-tag.ts';
import type { Closure, DiscoveryPin, Member } from '../domain/protection/record.ts';
import type { Descriptor, Manifest } from '../ports/registry.ts';
import { isNotFound, RegistryError } from '../ports/registry-error.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { isForeign } from './foreign-layer.ts';
import { ClosureTooLargeError } from './problem.ts';

const MIB = 1024 * 1024;

/**
 * Whoever may push can attach thousands of artifacts, and each would be read, held in memory and tagged. More may be
 * listed than are kept: of those, artifactTypes may name a few.
 */
export const CLOSURE_LIMITS = { members: 500, depth: 6, referrers: 5_000, bytes: 8 * MIB } as const;

export interface ClosureQuestion {
  readonly root: Digest;
  readonly writer: RepositoryWriter;
  /** Every tag of the repository: what is not listed need not be asked for. */
  readonly listed: ReadonlySet<string>;
  /** Of referrers that are kept; all of them where it is absent. */
  readonly artifactTypes?: ReadonlySet<string> | undefined;
  /** Referrers tags that lead to no list of referrers; what is found to be one is added. */
  readonly astray?: Set<string> | undefined;
  /** Manifests that have been read before; what is read now is added. */
  readonly manifests: Map<Digest, Manifest>;
  /** What was found the last time. */
  readonly before?: readonly Digest[] | undefined;
}

/** A manifest whose children and referrers are yet to be found. */
interface Step {
  readonly digest: Digest;
  readonly depth: number;
}

/**
 * Finds everything that pulling and verifying a digest needs: the children of indexes, what refers to any of them (by
 * the referrers API, by the referrers tag, by cosign's legacy tags), and what refers to that.
 *
 * Rejects with RegistryError or ClosureTooLargeError: the whole is there, or nothing is.
 */
export async function readClosure(question: ClosureQuestion, signal: AbortSignal): Promise<Closure> {
  const reading = new ClosureReading(question, signal);
  await reading.follow();
  return reading.closure();
}

class ClosureReading {
  readonly #question: ClosureQuestion;
  readonly #signal: AbortSignal;
  readonly #members = new Map<Digest, Manifest>();
  readonly #looked = new Set<Digest>();
  /** Of what has been followed. */
  readonly #depths = new Map<Digest, number>();
  readonly #pins: DiscoveryPin[] = [];
  readonly #open: Step[];
  #hasApi = true;
  /** Read so far. */
  #bytes = 0;

  constructor(question: ClosureQuestion, signal: AbortSignal) {
    this.#question = question;
    this.#signal = signal;
    this.#open = [{ digest: question.root, depth: 0 }];
  }

  async follow(): Promise<void> {
    while (this.#open.length > 0) {
      for (let step = this.#open.shift(); step !== undefined; step = this.#open.shift()) {
        if (this.#depths.has(step.digest)) continue;
        this.#depths.set(step.digest, step.depth);
        const manifest = await this.#manifest(step.digest);
        this.#members.set(step.digest, manifest);
        await this.#expand(manifest, step.depth);
      }
      this.#open.push(...(await this.#forgotten()));
    }
  }

  /**
   * What says itself that it is attached, and is in no list any more. Referrers tags are replaced without a lock, so one
   * of two who sign at once is lost from them; and a registry may answer by an old list.
   */
  async #forgotten(): Promise<readonly Step[]> {
    const steps: Step[] = [];
    for (const digest of this.#question.before ?? []) {
      if (this.#members.has(digest)) continue;
      const manifest = await this.#manifest(digest).catch(undefinedIfNotFound);
      const subject = manifest?.subject?.digest;
      const depth = subject === undefined ? undefined : this.#depths.get(subject);
      if (manifest && depth !== undefined && this.#isWanted(manifest))
        steps.push({ digest, depth: depth + 1 });
    }
    return steps;
  }

  closure(): Closure {
    const { root } = this.#question;
    return { root, members: childrenFirst(this.#members).map(toMember), pins: this.#pins };
  }

  async #expand({ digest, manifests: children = [] }: Manifest, depth: number): Promise<void> {
    const found = [
      ...children.map((child) => child.digest),
      ...(await this.#referrersByApi(digest)),
      ...(await this.#referrersByTag(digest)),
      ...(await this.#legacy(digest)),
    ];
    if (found.length > 0 && depth === CLOSURE_LIMITS.depth)
      throw this.#tooLarge(`artifacts attached to artifacts more than ${CLOSURE_LIMITS.depth} deep`);
    this.#open.push(...found.map((one) => ({ digest: one, depth: depth + 1 })));
  }

  async #referrersByApi(subject: Digest): Promise<readonly Digest[]> {
    if (!this.#hasApi) return [];
    const { writer } = this.#question;
    const found = await writer
      .referrersByApi(subject, CLOSURE_LIMITS.referrers, this.#signal)
      .catch((error: unknown) => {
        const isMany = error instanceof RegistryError && error.reason === 'TooLarge';
        throw isMany ? this.#tooLarge(`more than ${CLOSURE_LIMITS.referrers} artifacts attached`) : error;
      });
    if (found === undefined) this.#hasApi = false;
    return await this.#attached(subject, found ?? []);
  }

  /** The index of referrers is kept as well, unless it lists what is not: no index may outlive its children. */
  async #referrersByTag(subject: Digest): Promise<readonly Digest[]> {
    const { listed } = this.#question;
    const { referrers: tag } = discoveryTags(subject);
    const index = listed.has(tag) ? await this.#tagged(tag) : undefined;
    // Some registries resolve such a tag to the subject itself.
    if (index?.manifests === undefined || index.digest === subject) {
      if (index) this.#question.astray?.add(tag);
      return [];
    }
    const found = await this.#attached(subject, index.manifests);
    this.#pins.push({ tag, digest: index.digest });
    if (found.length === index.manifests.length) this.#members.set(index.digest, index);
    return found;
  }

  async #legacy(subject: Digest): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    for (const tag of discoveryTags(subject).legacy) {
      const manifest = this.#question.listed.has(tag) ? await this.#tagged(tag) : undefined;
      if (manifest === undefined) continue;
      this.#pins.push({ tag, digest: manifest.digest });
      found.push(manifest.digest);
    }
    return found;
  }

  /** Those of them that are wanted, and that say themselves what they are attached to. */
  async #attached(subject: Digest, found: readonly Descriptor[]): Promise<readonly Digest[]> {
    const { artifactTypes } = this.#question;
    // A list that says of one what it is not could as well leave it out.
    const isWorthReading = ({ artifactType }: Descriptor): boolean =>
      artifactType === undefined || artifactTypes === undefined || artifactTypes.has(artifactType);
    const candidates = found.filter(isWorthReading).map(({ digest }) => digest);
    // Too many are told before the first is read: with every pass they would be hundreds of requests for nothing.
    this.#look(candidates);
    const digests: Digest[] = [];
    for (const digest of candidates) {
      const manifest = await this.#manifest(digest).catch(undefinedIfNotFound);
      if (manifest?.subject?.digest !== subject) continue;
      if (this.#isWanted(manifest)) digests.push(digest);
    }
    return digests;
  }

  #isWanted({ artifactType, config }: Manifest): boolean {
    const { artifactTypes } = this.#question;
    return artifactTypes === undefined || artifactTypes.has(artifactType ?? config?.mediaType ?? '');
  }

  async #manifest(digest: Digest): Promise<Manifest> {
    const { manifests, writer } = this.#question;
    this.#look([digest]);
    const before = manifests.get(digest);
    if (before) return before;
    const manifest = await writer.manifest(digest, this.#signal);
    this.#hold(manifest);
    manifests.set(digest, manifest);
    return manifest;
  }

  #hold({ bytes }: Manifest): void {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > CLOSURE_LIMITS.bytes)
      throw this.#tooLarge(`manifests of more than ${CLOSURE_LIMITS.bytes / MIB} MiB together`);
  }

  #look(digests: readonly Digest[]): void {
    for (const digest of digests) this.#looked.add(digest);
    if (this.#looked.size > CLOSURE_LIMITS.members)
      throw this.#tooLarge(`more than ${CLOSURE_LIMITS.members} platforms, signatures and other artifacts`);
  }

  /** Undefined where the tag has gone since it was listed. */
  async #tagged(tag: string): Promise<Manifest | undefined> {
    const { manifests, writer } = this.#question;
    const manifest = await writer.tagged(tag, this.#signal).catch(undefinedIfNotFound);
    if (manifest === undefined) return undefined;
    this.#hold(manifest);
    manifests.set(manifest.digest, manifest);
    return manifest;
  }

  #tooLarge(what: string): ClosureTooLargeError {
    const { root, writer } = this.#question;
    return new ClosureTooLargeError(
      `${writer.repository}@${shortDigest(root)} has ${what}; remove some, or name the kinds to keep in spec.protection.artifactTypes`,
    );
  }
}

function undefinedIfNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined;
  throw error;
}

/** Registries take an index only once its children are there. Digests allow no cycle. */
function childrenFirst(members: ReadonlyMap<Digest, Manifest>): readonly Manifest[] {
  const sorted = new Set<Manifest>();
  const visit = (manifest: Manifest): void => {
    for (const { digest } of manifest.manifests ?? []) {
      const child = members.get(digest);
      if (child && !sorted.has(child)) visit(child);
    }
    sorted.add(manifest);
  };
  for (const manifest of members.values()) visit(manifest);
  return [...sorted];
}

function toMember({ digest, mediaType, config, layers = [] }: Manifest): Member {
  const blobs = [...(config ? [config] : []), ...layers.filter((layer) => !isForeign(layer))];
  return {
    digest,
    mediaType,
    blobs: [
      ...new Map(blobs.map((blob) => [blob.digest, { digest: blob.digest, size: blob.size }])).values(),
    ],
  };
}
