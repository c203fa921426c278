import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { HistoryEntry, Pin } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Digest } from '../api/scalars.ts';
import { parseImage } from './digest.ts';

/** `pinned`: the workloads have to run it now; `leaving`: it is being rolled back; `wanted`: the spec names it. */
export type DigestRole = 'pinned' | 'stable' | 'candidate' | 'leaving' | 'wanted' | 'history';

/** What a release has or had to do with a digest. */
export interface DigestUse {
  readonly digest: Digest;
  readonly role: DigestRole;
  readonly repository: string;
  readonly version?: string;
  readonly from?: string;
  readonly to?: string;
  /** Of history alone: how it ended, and why. */
  readonly verdict?: HistoryEntry['verdict'];
  readonly reason?: Reason;
}

/** Every use that spec and status tell of, what runs first. */
export function usesOf({ spec, status }: Pick<ArtifactRelease, 'spec' | 'status'>): readonly DigestUse[] {
  const { repository, digest, version } = spec.artifact;
  const use = (role: DigestRole, one: Named, from?: string): DigestUse[] => [
    { ...named(one), role, repository, ...(from !== undefined && { from }) },
  ];
  const wanted = use('wanted', { digest, version });
  if (status === undefined) return wanted;
  const { pins = [], stable, candidate, failure, history = [] } = status;
  return [
    ...pinned(pins),
    ...(stable ? use('stable', stable, stable.promotedAt) : []),
    ...(candidate ? use('candidate', candidate, candidate.startedAt) : []),
    ...(failure ? use('leaving', failure, failure.since) : []),
    ...wanted,
    ...history.map((entry, index) => past(entry, history.slice(0, index), repository)),
  ];
}

/** Each digest among them once. */
export const digestsOf = (uses: readonly DigestUse[]): readonly Digest[] => [
  ...new Set(uses.map(({ digest }) => digest)),
];

/** Pins by tag, which adoption leaves as they are written, name no digest. */
function pinned(pins: readonly Pin[]): readonly DigestUse[] {
  const images = [...new Set(pins.map(({ image }) => image))];
  return images.flatMap((image) => {
    const { digest, repository } = parseImage(image) ?? {};
    return digest === undefined || repository === undefined ? [] : [{ digest, role: 'pinned', repository }];
  });
}

/** What was promoted ran on after its trial, until something took its place; `newer` is newest first. */
function past(entry: HistoryEntry, newer: readonly HistoryEntry[], repository: string): DigestUse {
  const { startedAt, finishedAt, verdict, reason } = entry;
  const successor = newer.findLast((one) => stays(one) || one.digest === entry.digest);
  const to = stays(entry) ? successor?.finishedAt : finishedAt;
  return {
    ...named(entry),
    role: 'history',
    repository,
    verdict,
    reason,
    from: startedAt,
    ...(to !== undefined && { to }),
  };
}

const stays = ({ verdict }: HistoryEntry): boolean => verdict === 'Promoted' || verdict === 'Adopted';

interface Named {
  readonly digest: Digest;
  readonly version?: string | undefined;
}

const named = ({ digest, version }: Named): Pick<DigestUse, 'digest' | 'version'> => ({
  digest,
  ...(version !== undefined && { version }),
});
