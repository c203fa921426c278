import { createHash } from 'node:crypto';
import type { Authority } from '../api/authority-spec.ts';
import type { NamedRequirements } from '../domain/verification/judge.ts';
import { OWN_REQUIREMENTS } from '../domain/verification/policies.ts';
import type { VerificationQuestion } from '../ports/artifact-verifier.ts';
import type { PullAccess } from '../ports/registry.ts';

/** An authority of one policy, and the namespace in which the Secrets and ConfigMaps are that it names. */
export interface AskedAuthority {
  readonly policy: string;
  readonly authority: Authority;
  readonly namespace: string;
}

/** What has to be read so that all requirements can be judged. Two releases with the same question share the answer. */
export interface ReadingQuestion {
  /** Equal for equal questions. It is needed several times a pass, and to hash what policies ask for takes a while. */
  readonly key: string;
  readonly repository: string;
  readonly digest: string;
  readonly access: PullAccess;
  readonly tag?: string;
  readonly sources: readonly string[];
  /** Platforms of an index, with the policies that take what is attached to them. */
  readonly platforms: ReadonlyMap<string, ReadonlySet<string>>;
  readonly authorities: readonly AskedAuthority[];
}

/** Undefined where nothing has to be read: nobody asks for anything that the registry could tell. */
export function readingQuestion(
  { artifact, namespace, repository, digest }: VerificationQuestion,
  requirements: readonly NamedRequirements[],
  operatorNamespace: string,
): ReadingQuestion | undefined {
  const authorities = requirements.flatMap(({ policy, spec }) =>
    spec.authorities.map((authority) => ({
      policy,
      authority,
      namespace: policy === OWN_REQUIREMENTS ? namespace : operatorNamespace,
    })),
  );
  const { tag } = artifact;
  if (authorities.length === 0 && (tag === undefined || requirements.length === 0)) return undefined;
  const platforms = new Map<string, Set<string>>();
  for (const { policy, spec } of requirements) {
    for (const platform of spec.platforms ?? []) {
      platforms.set(platform, (platforms.get(platform) ?? new Set()).add(policy));
    }
  }
  const asked = {
    repository,
    digest,
    access: {
      namespace,
      imagePullSecrets: (artifact.imagePullSecrets ?? []).map(({ name }) => name),
      serviceAccount: artifact.serviceAccountName ?? 'default',
    },
    ...(tag !== undefined && { tag }),
    sources: [
      ...new Set(requirements.flatMap(({ spec }) => (spec.source ?? []).map(({ oci }) => oci))),
    ].sort(),
    platforms,
    authorities,
  };
  return { ...asked, key: keyOf(asked) };
}

/** The namespace is part of it: what one tenant may read from a private registry is not told to another. */
function keyOf({ platforms, ...question }: Omit<ReadingQuestion, 'key'>): string {
  const asked = [...platforms].map(([platform, policies]) => [platform, ...policies]);
  return hashOf([question, asked]);
}

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex');
