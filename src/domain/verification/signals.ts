import type { Digest } from '../../api/scalars.ts';
import type { Signal } from '../../api/verification-status.ts';
import { shortDigest } from '../digest.ts';
import { type Evidence, isAttestation, signerKey, signerText } from './evidence.ts';
import { type Origin, originOf } from './provenance-gate.ts';

/** Another digest, and what has been proven about it. */
export interface KnownDigest {
  readonly digest: Digest;
  readonly evidence: readonly Evidence[];
}

export interface SignalQuestion extends KnownDigest {
  /** The digest that ran before, where its evidence is known. */
  readonly predecessor?: KnownDigest;
  /** Other digests of the same repository. */
  readonly siblings: readonly KnownDigest[];
  readonly tag?: { readonly name: string; readonly pointsAt: Digest | 'absent' };
}

/** What looks wrong though everything is proven: for people to look at, unless a policy refuses it. */
export function signalsOf(question: SignalQuestion): readonly Signal[] {
  return [tagMoved(question), signerChanged(question), notReproducible(question)].filter(
    (signal) => signal !== undefined,
  );
}

function tagMoved({ digest, tag }: SignalQuestion): Signal | undefined {
  if (!tag || tag.pointsAt === digest) return undefined;
  const now = tag.pointsAt === 'absent' ? 'is gone' : `points at ${shortDigest(tag.pointsAt)}`;
  return { type: 'TagMoved', message: `the tag ${tag.name} ${now}, not at ${shortDigest(digest)}` };
}

/** Nobody who signed this digest signed the one before, or another builder built it. */
function signerChanged({ evidence, predecessor }: SignalQuestion): Signal | undefined {
  if (!predecessor || evidence.length === 0 || predecessor.evidence.length === 0) return undefined;
  const before = shortDigest(predecessor.digest);
  const known = new Set(predecessor.evidence.map(({ signer }) => signerKey(signer)));
  const stranger = evidence.find(({ signer }) => !known.has(signerKey(signer)));
  const shared = evidence.some(({ signer }) => known.has(signerKey(signer)));
  if (stranger && !shared) {
    return {
      type: 'SignerChanged',
      message: `${signerText(stranger.signer)} signed it, and nothing of ${before}`,
    };
  }
  const [builder, builderBefore] = [originIn(evidence)?.builder, originIn(predecessor.evidence)?.builder];
  if (builder === undefined || builderBefore === undefined || builder === builderBefore) return undefined;
  return { type: 'SignerChanged', message: `built by ${builder}; ${before} was built by ${builderBefore}` };
}

/** One commit and one builder make one digest, where builds are reproducible. */
function notReproducible({ digest, evidence, siblings }: SignalQuestion): Signal | undefined {
  const { builder, commit } = originIn(evidence) ?? {};
  if (builder === undefined || commit === undefined) return undefined;
  const twin = siblings.find((sibling) => {
    const origin = sibling.digest === digest ? undefined : originIn(sibling.evidence);
    return origin?.builder === builder && origin.commit === commit;
  });
  return (
    twin && {
      type: 'NotReproducible',
      message: `${builder} made ${shortDigest(twin.digest)} of the same commit ${commit.slice(0, 12)}`,
    }
  );
}

/** Of the first provenance that names a commit, else of the first. */
function originIn(evidence: readonly Evidence[]): Origin | undefined {
  const origins = evidence
    .filter(isAttestation)
    .flatMap(({ content, signer }) =>
      content.facts.kind === 'Provenance' ? [originOf(content.facts, signer).origin] : [],
    );
  return origins.find(({ commit }) => commit !== undefined) ?? origins[0];
}
