import { z } from 'zod';
import { ArtifactPolicy } from '../../api/artifact-policy.ts';
import { ArtifactRegistry } from '../../api/artifact-registry.ts';
import { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { Identified } from '../../controller/list-watcher.ts';
import type { Understood } from '../../ports/policies.ts';
import type { StoredRegistry } from '../../ports/registry-configuration.ts';
import type { RawObject } from './list-watcher.ts';
import { parseProblem } from './parse-problem.ts';

/** An object of the platform, parsed once, at the door of the cache. */
export interface CachedObject<T> extends Identified {
  readonly understood: Understood<T>;
}
export type CachedPolicy = CachedObject<ArtifactPolicy>;
export type CachedRevocation = CachedObject<ArtifactRevocation>;

export interface CachedRegistry extends Identified {
  /** Absent where not even its host is understood. */
  readonly stored?: StoredRegistry;
}

export interface CachedNamespace extends Identified {
  readonly labels: Readonly<Record<string, string>>;
}

const NamedHost = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
  spec: z.object({ host: z.string() }),
});
const Labels = z.record(z.string(), z.string());

export const projectPolicy = (raw: RawObject): CachedPolicy => projectAs(ArtifactPolicy, raw);

/** `problemOf` says what is wrong with a regular expression, if anything is: the API server does not know the syntax. */
export const projectRevocation =
  (problemOf: (expression: string) => string | undefined) =>
  (raw: RawObject): CachedRevocation => {
    const { metadata, understood } = projectAs(ArtifactRevocation, raw);
    const wrong = understood.valid ? wrongExpression(understood.value, problemOf) : undefined;
    if (wrong === undefined) return { metadata, understood };
    return { metadata, understood: { valid: false, name: metadata.name, problem: wrong } };
  };

function wrongExpression(
  { spec: { identities = [] } }: ArtifactRevocation,
  problemOf: (expression: string) => string | undefined,
): string | undefined {
  for (const [index, { subjectRegExp }] of identities.entries()) {
    const problem = subjectRegExp === undefined ? undefined : problemOf(subjectRegExp);
    if (problem !== undefined) return `spec.identities.${index}.subjectRegExp: ${problem}`;
  }
  return undefined;
}

export function projectRegistry(raw: RawObject): CachedRegistry {
  const named = NamedHost.safeParse(raw).data;
  const { metadata, understood } = projectAs(ArtifactRegistry, raw);
  return { metadata, ...(named && { stored: { ...named.metadata, ...named.spec, understood } }) };
}

export function projectNamespace(raw: RawObject): CachedNamespace {
  return { metadata: identityOf(raw), labels: Labels.safeParse(raw.metadata.labels).data ?? {} };
}

function projectAs<T>(schema: z.ZodType<T>, raw: RawObject): CachedObject<T> {
  const metadata = identityOf(raw);
  const { data, error } = schema.safeParse(raw);
  return {
    metadata,
    understood:
      error === undefined
        ? { valid: true, value: data }
        : { valid: false, name: metadata.name, problem: parseProblem(error) },
  };
}

const identityOf = ({ metadata: { name, uid, resourceVersion } }: RawObject) => ({
  name,
  uid,
  resourceVersion,
});
