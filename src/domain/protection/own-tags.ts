import type { Owner } from './keep-tag.ts';

/**
 * How clean-ups name the keep and lease tags of these owners, each in the words that it knows; those of every owner
 * where none is named. An owner is letters and digits, so nothing has to be escaped.
 */

/** Beginnings of tags. */
export const ownTagPrefixes = (owners: readonly Owner[]): readonly string[] =>
  owners.length === 0 ? ['keep.', 'lease.'] : owners.flatMap((owner) => [`keep.${owner}.`, `lease.${owner}`]);

/** With `*` for any number of characters. */
export const ownTagGlobs = (owners: readonly Owner[]): readonly string[] =>
  owners.length === 0
    ? ['keep.*', 'lease.*']
    : owners.flatMap((owner) => [`keep.${owner}.*`, `lease.${owner}`]);

/** For RE2 and everything that knows more; matches a whole tag. Without `(?:`, for acr purge splits its filter at a colon. */
export const ownTagRegex = (owners: readonly Owner[]): string =>
  owners.length === 0
    ? String.raw`^(keep|lease)\..+$`
    : String.raw`^(keep\.(${owners.join('|')})\..+|lease\.(${owners.join('|')}))$`;

/** For what names the tags to delete; needs a look ahead, which RE2 has not. */
export const otherTagRegex = (owners: readonly Owner[]): string => `^(?!${ownTagRegex(owners).slice(1)}).+$`;
