import { z } from 'zod';
import type { ProvenanceFacts } from '../../../domain/verification/predicate-facts.ts';
import { instant, parsed, present } from './unreadable.ts';

const text = z.string().max(2048);
const Descriptor = z.object({ uri: text.optional(), digest: z.record(z.string(), text).optional() });
type Descriptor = z.infer<typeof Descriptor>;

const V1 = z.object({
  buildDefinition: z.object({
    buildType: text,
    externalParameters: z
      .object({
        workflow: z
          .object({ repository: text.optional(), ref: text.optional(), path: text.optional() })
          .optional(),
      })
      .optional(),
    resolvedDependencies: z.array(Descriptor).max(10_000).optional(),
  }),
  runDetails: z.object({
    builder: z.object({ id: text }),
    metadata: z
      .object({ invocationId: text.optional(), startedOn: text.optional(), finishedOn: text.optional() })
      .optional(),
  }),
});

const V02 = z.object({
  builder: z.object({ id: text }),
  buildType: text,
  invocation: z
    .object({ configSource: Descriptor.extend({ entryPoint: text.optional() }).optional() })
    .optional(),
  metadata: z
    .object({
      buildInvocationID: text.optional(),
      buildInvocationId: text.optional(),
      buildStartedOn: text.optional(),
      buildFinishedOn: text.optional(),
    })
    .optional(),
  materials: z.array(Descriptor).max(10_000).optional(),
});

export function readProvenance(predicate: unknown, predicateType: string): ProvenanceFacts {
  return predicateType.endsWith('/v1') ? readV1(predicate) : readV02(predicate);
}

function readV1(predicate: unknown): ProvenanceFacts {
  const { buildDefinition, runDetails } = parsed(V1, predicate, 'SLSA provenance v1');
  const { workflow } = buildDefinition.externalParameters ?? {};
  const origin = originOf(workflow?.repository, buildDefinition.resolvedDependencies ?? []);
  return present({
    kind: 'Provenance' as const,
    builder: runDetails.builder.id,
    buildType: buildDefinition.buildType,
    source: origin.source,
    ref: workflow?.ref ?? origin.ref,
    commit: origin.commit,
    workflow: workflow?.path,
    run: runDetails.metadata?.invocationId,
    startedAt: instant(runDetails.metadata?.startedOn),
    finishedAt: instant(runDetails.metadata?.finishedOn),
  });
}

function readV02(predicate: unknown): ProvenanceFacts {
  const { builder, buildType, invocation, metadata, materials } = parsed(
    V02,
    predicate,
    'SLSA provenance v0.2',
  );
  const config = invocation?.configSource;
  const origin = config?.uri === undefined ? originOf(undefined, materials ?? []) : decompose(config);
  return present({
    kind: 'Provenance' as const,
    builder: builder.id,
    buildType,
    ...origin,
    workflow: config?.entryPoint,
    run: metadata?.buildInvocationID ?? metadata?.buildInvocationId,
    startedAt: instant(metadata?.buildStartedOn),
    finishedAt: instant(metadata?.buildFinishedOn),
  });
}

interface Origin {
  readonly source?: string;
  readonly ref?: string;
  readonly commit?: string;
}

/** The source among the dependencies. Where several could be it, none is: a guess would name a wrong commit. */
function originOf(repository: string | undefined, dependencies: readonly Descriptor[]): Origin {
  const sources = dependencies
    .map(decompose)
    .filter(({ source, commit }) => source !== undefined && commit !== undefined);
  const wanted = repository === undefined ? undefined : decompose({ uri: repository }).source;
  const candidates = wanted === undefined ? sources : sources.filter(({ source }) => source === wanted);
  const commits = new Set(candidates.map(({ commit }) => commit));
  const [only] = candidates;
  if (only && commits.size === 1) return only;
  return wanted === undefined ? {} : { source: wanted };
}

/** `git+https://host/repository@refs/tags/v1` and a digest, apart. */
function decompose({ uri = '', digest = {} }: Descriptor): Origin {
  const [address = '', ref] = uri.split(/@(?=refs\/)/);
  const commit = digest.gitCommit ?? digest.sha1;
  const source = address.replace(/^git\+/, '').replace(/\.git$/, '');
  return present({ source: source || undefined, ref, commit });
}
