import type { ProvenanceGate } from '../../api/attestation-spec.ts';
import type { Claims, Signer } from './evidence.ts';
import { matchesGlob } from './glob.ts';
import type { ProvenanceFacts } from './predicate-facts.ts';
import { type Finding, refused, satisfied } from './requirement.ts';

/** Where a build came from, the certificate's word before the predicate's: the builder wrote one, the CA the other. */
export type Origin = Pick<ProvenanceFacts, 'builder' | 'source' | 'ref' | 'commit' | 'workflow' | 'run'>;

type Field = keyof Origin;

const CLAIM_OF: Readonly<Record<Field, string>> = {
  builder: 'buildSignerURI',
  source: 'sourceRepositoryURI',
  ref: 'sourceRepositoryRef',
  commit: 'sourceRepositoryDigest',
  workflow: 'buildConfigURI',
  run: 'runInvocationURI',
};

export interface OriginWithConflicts {
  readonly origin: Origin;
  /** Fields on which certificate and predicate contradict each other. */
  readonly conflicts: readonly Field[];
}

export function originOf(facts: ProvenanceFacts, signer: Signer): OriginWithConflicts {
  const claims: Claims = signer.kind === 'Identity' ? signer.claims : {};
  const origin: Partial<Record<Field, string>> = {};
  const conflicts: Field[] = [];
  for (const field of Object.keys(CLAIM_OF) as Field[]) {
    const claimed = claims[CLAIM_OF[field]];
    const written = facts[field];
    const value = claimed ?? written;
    if (value !== undefined) origin[field] = value;
    if (claimed !== undefined && written !== undefined && !sameOrigin(claimed, written))
      conflicts.push(field);
  }
  return { origin, conflicts };
}

/** An address with or without the decoration of a clone URL is one address. */
const bare = (uri: string): string =>
  uri
    .replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
const sameOrigin = (a: string, b: string): boolean => bare(a) === bare(b);

/** The fields whose contradiction is a lie about what was built; the others differ between builders' habits. */
const DECISIVE: readonly Field[] = ['commit', 'source'];

export function judgeProvenance(facts: ProvenanceFacts, signer: Signer, gate: ProvenanceGate): Finding {
  const { origin, conflicts } = originOf(facts, signer);
  const lie = DECISIVE.find((field) => conflicts.includes(field));
  if (lie) {
    return refused(
      'ProvenanceConflict',
      `the provenance names the ${lie} ${facts[lie]}, the certificate of its signer names ${origin[lie]}`,
    );
  }
  const problem =
    mismatch('builder', origin.builder, gate.builderIDs, (a, b) => a === b) ??
    mismatch('source', origin.source, gate.sourceURIs, sameOrigin) ??
    mismatch('ref', origin.ref, gate.sourceRefs, (pattern, ref) => matchesGlob(pattern, ref)) ??
    mismatch('commit', origin.commit, gate.commits, (a, b) => a === b) ??
    (gate.requireCommit && origin.commit === undefined ? 'the provenance names no commit' : undefined);
  if (problem !== undefined) return refused('ProvenanceMismatch', problem);
  return satisfied(
    `built by ${origin.builder ?? 'an unnamed builder'} from ${origin.source ?? 'an unnamed source'}` +
      (origin.commit === undefined ? '' : ` at ${origin.commit.slice(0, 12)}`),
  );
}

function mismatch(
  field: Field,
  actual: string | undefined,
  allowed: readonly string[] | undefined,
  equal: (allowed: string, actual: string) => boolean,
): string | undefined {
  if (allowed === undefined) return undefined;
  if (actual === undefined)
    return `the provenance names no ${field}; one of ${allowed.join(', ')} is required`;
  if (allowed.some((one) => equal(one, actual))) return undefined;
  return `the ${field} is ${actual}; allowed: ${allowed.join(', ')}`;
}
