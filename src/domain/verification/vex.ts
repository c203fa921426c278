import type { Digest } from '../../api/scalars.ts';
import type { VexFacts, VexProduct, VexStatement, Vulnerability } from './predicate-facts.ts';

/** All statements, newest first. Those from the future say nothing yet. */
export const newestStatements = (documents: readonly VexFacts[], now: Date): readonly VexStatement[] =>
  documents
    .flatMap(({ statements }) => statements)
    .filter(({ timestamp }) => Date.parse(timestamp) <= now.getTime())
    .sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp));

/**
 * Whether the newest statement about this finding in this artifact says that it is fixed, or not exploitable and
 * why. A statement without a reason, or about another product, excuses nothing.
 */
export function isExcused(
  finding: Vulnerability,
  newestFirst: readonly VexStatement[],
  subject: Digest,
): boolean {
  const about = newestFirst.filter(
    (statement) => names(statement, finding) && concerns(statement.products, finding, subject),
  );
  // Two of the same instant that disagree cannot be told apart: both must excuse.
  const newest = about.filter(({ timestamp }) => timestamp === about[0]?.timestamp);
  return newest.length > 0 && newest.every(excuses);
}

const excuses = ({ status, justified }: VexStatement): boolean =>
  status === 'fixed' || (status === 'not_affected' && justified);

function names(statement: VexStatement, finding: Vulnerability): boolean {
  const ids = [finding.id, ...(finding.aliases ?? [])];
  return [statement.vulnerability, ...statement.aliases].some((id) => ids.includes(id));
}

function concerns(products: readonly VexProduct[], finding: Vulnerability, subject: Digest): boolean {
  if (products.length === 0) return true;
  return products.some(
    (product) =>
      isSubject(product, subject) &&
      (product.subcomponents.length === 0 ||
        (finding.purl !== undefined && product.subcomponents.includes(finding.purl))),
  );
}

function isSubject({ ids, hashes }: VexProduct, subject: Digest): boolean {
  const hex = subject.slice(subject.indexOf(':') + 1);
  const inUrl = subject.replace(':', '%3A').toLowerCase();
  return (
    hashes.includes(hex) ||
    ids.some((id) => id.includes(`@${subject}`) || id.toLowerCase().includes(`@${inUrl}`))
  );
}
