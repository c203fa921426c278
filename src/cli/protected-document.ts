import { z } from 'zod';
import { Digest, Repository } from '../api/scalars.ts';
import { OWNER } from '../domain/protection/keep-tag.ts';
import { canonicalRepository } from '../domain/repository-name.ts';

/** What `GET /v1/protected-digests` answers. Roles and reasons of a newer operator are words like any other. */
export const ProtectedDocument = z.object({
  owner: z.string().regex(OWNER),
  generatedAt: z.iso.datetime({ offset: true }),
  complete: z.boolean(),
  missing: z.array(z.string()),
  digests: z.array(
    z.object({
      repository: Repository.transform(canonicalRepository),
      digest: Digest,
      roles: z.array(z.string()),
      releases: z.array(z.string()),
      members: z.array(Digest),
      reason: z.string(),
    }),
  ),
});
export type ProtectedDocument = z.infer<typeof ProtectedDocument>;

/** The parts of one operator's answer, one for each repository that was asked about, as one: no better than its worst. */
export function joined([first, ...rest]: readonly [ProtectedDocument, ...ProtectedDocument[]]) {
  return rest.reduce<ProtectedDocument>(
    (all, part) => ({
      owner: all.owner,
      generatedAt:
        Date.parse(part.generatedAt) < Date.parse(all.generatedAt) ? part.generatedAt : all.generatedAt,
      complete: all.complete && part.complete && part.owner === all.owner,
      missing: [
        ...new Set([
          ...all.missing,
          ...part.missing,
          ...(part.owner === all.owner
            ? []
            : [`its owner changed from ${all.owner} to ${part.owner} meanwhile`]),
        ]),
      ],
      digests: [...all.digests, ...part.digests],
    }),
    first,
  );
}
