import type { PredicateFacts } from '../../../domain/verification/predicate-facts.ts';
import { factsKind } from '../../../domain/verification/predicate-type.ts';
import { readProvenance } from './provenance.ts';
import { readSbom } from './sbom.ts';
import { readScan } from './scan.ts';
import { UnreadableError } from './unreadable.ts';
import { readVex } from './vex.ts';

const READERS = {
  Provenance: readProvenance,
  Sbom: readSbom,
  Scan: readScan,
  Vex: readVex,
} as const;

/** Never throws: a predicate in a shape that is not known is a fact about it, and passes no gate. */
export function readPredicate(predicateType: string, predicate: unknown): PredicateFacts {
  const kind = factsKind(predicateType);
  if (kind === undefined) return { kind: 'Opaque' };
  try {
    return READERS[kind](predicate, predicateType);
  } catch (error) {
    const problem = error instanceof UnreadableError ? error.message : 'it is not of the shape of its type';
    return { kind: 'Unreadable', problem };
  }
}
