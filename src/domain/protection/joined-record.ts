import type { RecordedRoot, RecordedVault, RepositoryRecord } from './record.ts';

/** Everything that one of two records of a repository knows; what only one can say is said by the first. */
export function joined(first: RepositoryRecord, second: RepositoryRecord): RepositoryRecord {
  return {
    ...second,
    ...first,
    ...joinedTags(first, second),
    accesses: distinct([...first.accesses, ...second.accesses], (access) => JSON.stringify(access)),
    roots: distinct([...first.roots, ...second.roots], ({ closure }) => closure.root),
    orphans: [...new Set([...first.orphans, ...second.orphans])],
    archived: distinct([...first.archived, ...second.archived], ({ digest }) => digest),
    ...(first.vault && second.vault && { vault: joinedTags(first.vault, second.vault) }),
  };
}

/** What a record is to the owner that takes it over: neither tags nor a lease were put under the name of today. */
export function inherited(record: RepositoryRecord): RepositoryRecord {
  const { leasedAt, leasing, sharedAt, ...rest } = record;
  const unheld = ({ confirmedAt, heldAt, ...root }: RecordedRoot): RecordedRoot => root;
  return { ...rest, roots: rest.roots.map(unheld) };
}

const joinedTags = (first: RecordedVault, second: RecordedVault): RecordedVault => ({
  unwanted: { ...second.unwanted, ...first.unwanted },
  parked: [...new Set([...first.parked, ...second.parked])],
});

/** The first of each. */
const distinct = <T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] =>
  [...new Map(all.toReversed().map((one) => [keyOf(one), one])).values()].toReversed();
