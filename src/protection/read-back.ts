import type { Digest } from '../api/scalars.ts';
import type { Member } from '../domain/protection/record.ts';
import type { Manifest } from '../ports/registry.ts';
import { isNotFound, RegistryError } from '../ports/registry-error.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { eachAtOnce } from './each-at-once.ts';
import { type Problem, problemOf } from './problem.ts';

const AT_ONCE = 8;

/** A member that is not as it should be, and why. */
export interface Defect {
  readonly member: Member;
  /** The blob of it that is not; absent where it is the manifest. */
  readonly blob?: Blob | undefined;
  readonly problem: Problem;
}

export type Blob = Member['blobs'][number];

export interface ReadBackParts {
  /** The tag that keeps a member. */
  readonly tagOf: (digest: Digest) => string;
  readonly writer: RepositoryWriter;
  /** Blobs that are read, for they were gone or wrong; it is enough for the others that the registry says it has them. */
  readonly doubtful: ReadonlySet<Digest>;
  /** What was asked about blobs in this pass already: most are shared. */
  readonly asked: Map<Digest, Promise<void>>;
}

/**
 * Reads every member by its keep tag and hashes it, and asks for its blobs. That a tag was taken proves nothing: one
 * that is put while a collection runs is listed and leads nowhere.
 *
 * Rejects with RegistryError when the registry does not say; what is not there is a defect.
 */
export async function readBack(
  members: readonly Member[],
  { asked, doubtful, tagOf, writer }: ReadBackParts,
  signal: AbortSignal,
): Promise<readonly Defect[]> {
  const ask = async (blob: Blob): Promise<void> => {
    if (doubtful.has(blob.digest)) return await readBlob(blob, writer, signal);
    if (!(await writer.hasBlob(blob.digest, signal))) throw missing(blob, writer);
  };
  const defects: (Defect | undefined)[] = [];
  await eachAtOnce(AT_ONCE, members, async (member) => {
    defects.push(await defectOf({ member }, () => readManifest(member.digest, { tagOf, writer }, signal)));
    for (const blob of member.blobs) {
      const answer = asked.get(blob.digest) ?? ask(blob);
      asked.set(blob.digest, answer);
      defects.push(await defectOf({ member, blob }, () => answer));
    }
  });
  return defects.filter((one) => one !== undefined);
}

/** What is wrong with it; undefined when nothing is. Rejects when the registry does not say. */
export async function defectOf(
  what: Omit<Defect, 'problem'>,
  read: () => Promise<unknown>,
): Promise<Defect | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem.final || problem.reason === 'RegistryForbidden') throw error;
    return { ...what, problem };
  }
}

/** By its keep tag. A tag that points at something else is one that is not there; only other bytes are corrupt. */
export async function readManifest(
  digest: Digest,
  { tagOf, writer }: Pick<ReadBackParts, 'tagOf' | 'writer'>,
  signal: AbortSignal,
): Promise<Manifest> {
  const tag = tagOf(digest);
  try {
    return await writer.held(tag, digest, signal);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.reason !== 'DigestMismatch') throw error;
    await writer.manifest(digest, signal);
    throw new RegistryError('NotFound', `${writer.repository}: the tag ${tag} points at something else`);
  }
}

/** Every byte of it; one that is not there is missing content. */
export async function readBlob(blob: Blob, writer: RepositoryWriter, signal: AbortSignal): Promise<void> {
  try {
    await writer.checkBlob(blob, signal);
  } catch (error) {
    throw isNotFound(error) ? missing(blob, writer) : error;
  }
}

const missing = ({ digest }: Blob, { repository }: RepositoryWriter): RegistryError =>
  new RegistryError('MissingContent', `${repository}: blob ${digest} is not there`);
