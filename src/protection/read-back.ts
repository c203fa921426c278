import type { Digest } from '../api/scalars.ts';
import { keepTag, type Owner } from '../domain/protection/keep-tag.ts';
import type { Member } from '../domain/protection/record.ts';
import { RegistryError } from '../ports/registry-error.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { eachAtOnce } from './each-at-once.ts';
import { type Problem, problemOf } from './problem.ts';

const AT_ONCE = 8;

/** A member that is not as it should be, and why. */
export interface Defect {
  readonly member: Member;
  readonly problem: Problem;
}

export interface ReadBackParts {
  readonly owner: Owner;
  readonly writer: RepositoryWriter;
  /** Blobs that have been asked about in this pass already: most are shared. */
  readonly seen: Set<Digest>;
}

/**
 * Reads every member by its keep tag and hashes it, and asks for its blobs. That a tag was taken proves nothing: one
 * that is put while a collection runs is listed and leads nowhere.
 *
 * Rejects with RegistryError when the registry does not say; what is not there is a defect.
 */
export async function readBack(
  members: readonly Member[],
  { owner, seen, writer }: ReadBackParts,
  signal: AbortSignal,
): Promise<readonly Defect[]> {
  const defects: Defect[] = [];
  await eachAtOnce(AT_ONCE, members, async (member) => {
    try {
      await writer.held(keepTag(owner, member.digest), member.digest, signal);
      for (const { digest } of member.blobs) {
        if (seen.has(digest)) continue;
        seen.add(digest);
        if (!(await writer.hasBlob(digest, signal)))
          throw new RegistryError('MissingContent', `${writer.repository}: blob ${digest} is not there`);
      }
    } catch (error) {
      const problem = problemOf(error);
      if (!problem.final || problem.reason === 'RegistryForbidden') throw error;
      defects.push({ member, problem });
    }
  });
  return defects;
}
