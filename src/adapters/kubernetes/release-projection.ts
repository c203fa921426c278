import { z } from 'zod';
import { ArtifactRelease, COMMANDS, commandAnnotation } from '../../api/artifact-release.ts';
import { Repository } from '../../api/scalars.ts';
import type { ObjectMeta } from '../../controller/list-watcher.ts';
import { canonicalRepository } from '../../domain/repository-name.ts';
import type { StoredRelease } from '../../ports/cluster.ts';
import type { RawObject } from './list-watcher.ts';
import { parseProblem } from './parse-problem.ts';

export interface CachedRelease {
  readonly metadata: ObjectMeta;
  readonly stored: StoredRelease;
  /** Deployments that it names, also where the rest of its spec is not understood. */
  readonly targets: readonly string[];
  /** Deployments that its status pins, also those that it no longer names. */
  readonly pinned: readonly string[];
  /** Canonical name of the repository of its artifact, also where the rest of its spec is not understood. */
  readonly repository?: string;
}

const Targets = z.object({ targets: z.array(z.object({ name: z.string() })) });
const ArtifactRepository = z.object({ artifact: z.object({ repository: Repository }) });
const Pins = z.object({ pins: z.array(z.object({ name: z.string() })) });
const Identity = z.object({
  generation: z.int().default(0),
  creationTimestamp: z.string().default(''),
  deletionTimestamp: z.string().optional(),
  finalizers: z.array(z.string()).default([]),
});

/** Parses once, at the door of the cache: a release that does not parse is kept with its problem. */
export function projectRelease(raw: RawObject): CachedRelease {
  const { namespace = '', name, uid, resourceVersion } = raw.metadata;
  const { generation, creationTimestamp, deletionTimestamp, finalizers } = Identity.parse(raw.metadata);
  const identity = { namespace, name, uid, resourceVersion, generation, creationTimestamp, finalizers };
  const deleting = deletionTimestamp !== undefined;
  const commandManager = managerOfCommands(raw.metadata.managedFields);
  const metadata = { ...raw.metadata, ...(commandManager !== undefined && { commandManager }) };
  const parsed = ArtifactRelease.safeParse({ metadata, spec: raw.spec, status: raw.status });
  const stored: StoredRelease = parsed.success
    ? { identity, deleting, valid: true, release: parsed.data }
    : { identity, deleting, valid: false, problem: parseProblem(parsed.error), status: raw.status };
  const { spec, status } = parsed.data ?? {
    spec: Targets.safeParse(raw.spec).data,
    status: Pins.safeParse(raw.status).data,
  };
  const targets = spec?.targets.map((target) => target.name) ?? [];
  const pinned = status?.pins?.map((pin) => pin.name) ?? [];
  const repository = ArtifactRepository.safeParse(raw.spec).data?.artifact.repository;
  return {
    metadata: { namespace, name, uid, resourceVersion },
    ...{ stored, targets, pinned },
    ...(repository !== undefined && { repository: canonicalRepository(repository) }),
  };
}

const ManagedFields = z.array(
  z.object({
    manager: z.string().default('unknown'),
    fieldsV1: z
      .object({
        'f:metadata': z.object({ 'f:annotations': z.record(z.string(), z.unknown()).optional() }).optional(),
      })
      .optional(),
  }),
);

/** The tool that wrote a command annotation: the only trace of its author where admission stamps no user. */
function managerOfCommands(managedFields: unknown): string | undefined {
  const fields = COMMANDS.map((command) => `f:${commandAnnotation(command)}`);
  return ManagedFields.safeParse(managedFields).data?.find(({ fieldsV1 }) => {
    const annotations = fieldsV1?.['f:metadata']?.['f:annotations'] ?? {};
    return fields.some((field) => field in annotations);
  })?.manager;
}
