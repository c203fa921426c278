import type { Digest } from '../api/scalars.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import type { AuthorityMaterialReader, EntryRef } from '../ports/authority-material.ts';
import type {
  AuthorityMaterial,
  CollectedEvidence,
  EvidenceCollector,
  ReadAuthority,
} from '../ports/evidence-collector.ts';
import type { Registry } from '../ports/registry.ts';
import { type ContentsReading, readContents } from './contents-reader.ts';
import { type AskedAuthority, hashOf, type ReadingQuestion } from './reading-question.ts';

/** Everything that was found about a digest, judged by nobody yet. */
export interface Reading extends CollectedEvidence {
  /** The digest, then those of the platforms of its index. */
  readonly digests: readonly Digest[];
  /** More is attached than was read. */
  readonly unread?: Doubtful;
  /** What the tag pointed at that was asked about. */
  readonly tagged?: Digest | 'absent';
  /** Of the keys and roots that it was read with. */
  readonly materialHash: string;
  readonly readAt: Date;
}

export type ReadingOutcome =
  | { readonly known: true; readonly reading: Reading }
  /** `retryAfterMs`: how long the registry asks to wait. */
  | ({ readonly known: false; readonly retryAfterMs?: number } & Doubtful);

export interface ReadingParts {
  readonly registry: Registry;
  readonly collector: EvidenceCollector;
  readonly material: AuthorityMaterialReader;
}

type Found = Extract<ContentsReading, { known: true }>;

/** Reads what is attached, and what the authorities name, and brings them together. Never rejects. */
export async function read(
  parts: ReadingParts,
  question: ReadingQuestion,
  now: () => Date,
  signal: AbortSignal,
): Promise<ReadingOutcome> {
  const { platforms, ...rest } = question;
  const [authorities, contents] = await Promise.all([
    readAuthorities(parts.material, question.authorities, signal),
    readContents(parts.registry, { ...rest, platforms: [...platforms.keys()] }, signal),
  ]);
  if (!contents.known) return contents;
  if ('reason' in authorities) return { known: false, ...authorities };
  const collected = await collectAll(parts.collector, question, contents, authorities, signal);
  if ('reason' in collected) return { known: false, ...collected };
  const { unread } = contents.contents;
  return {
    known: true,
    reading: {
      ...collected,
      digests: [question.digest, ...contents.children.map(({ digest }) => digest)],
      ...(unread && { unread }),
      ...(contents.tagged !== undefined && { tagged: contents.tagged }),
      materialHash: hashOf(authorities.map(({ material }) => material)),
      readAt: now(),
    },
  };
}

/** What a platform attests counts for the policies that want it; a signature must be on the digest itself. */
async function collectAll(
  collector: EvidenceCollector,
  { platforms }: ReadingQuestion,
  { contents, children }: Found,
  authorities: readonly ReadAuthority[],
  signal: AbortSignal,
): Promise<CollectedEvidence | Doubtful> {
  const own = await collector.collect(contents, authorities, signal);
  if (!own.known) return own;
  const evidence = [...own.collected.evidence];
  const rejected = [...own.collected.rejected];
  for (const child of children) {
    const policies = platforms.get(child.platform ?? '');
    if (!child.contents || !policies) continue;
    const trusted = authorities.filter(({ policy }) => policies.has(policy));
    const found = await collector.collect(child.contents, trusted, signal);
    if (!found.known) return found;
    evidence.push(...found.collected.evidence.filter(({ content }) => content.kind === 'Attestation'));
    rejected.push(...found.collected.rejected);
  }
  return { evidence, rejected, unavailable: own.collected.unavailable };
}

/** A Secret that is not there makes one authority unavailable; an API server that does not answer, all of them. */
async function readAuthorities(
  reader: AuthorityMaterialReader,
  asked: readonly AskedAuthority[],
  signal: AbortSignal,
): Promise<readonly ReadAuthority[] | Doubtful> {
  const once = new Map<string, Promise<string | undefined>>();
  const readOnce = (kind: 'publicKeys' | 'trustedRoot', namespace: string, ref: EntryRef | undefined) => {
    if (!ref) return undefined;
    const key = `${kind} ${namespace}/${ref.name}/${ref.key}`;
    const reading = once.get(key) ?? reader[kind](namespace, ref, signal);
    once.set(key, reading);
    return reading;
  };
  try {
    return await Promise.all(
      asked.map(async ({ policy, authority, namespace }) => {
        const { key, keyless } = authority;
        const [pem, trustedRoot] = await Promise.all([
          readOnce('publicKeys', namespace, key?.secretRef),
          readOnce('trustedRoot', namespace, (key ?? keyless)?.trustRootRef),
        ]);
        const material: AuthorityMaterial = {
          ...(pem !== undefined && { pem }),
          ...(trustedRoot !== undefined && { trustedRoot }),
        };
        return { policy, authority, material };
      }),
    );
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { reason: 'KeyUnavailable', message: `the keys and roots cannot be read: ${detail}` };
  }
}
