import type { RegistryProfile } from '../../src/domain/protection/registry-profile.ts';
import { type Answer, error, type Protection, type ScriptedRegistry } from './scripted-registry.ts';

/**
 * How one kind of registry behaves, by its documentation, its source or reports of what it answers. None of it was tried
 * on the registry itself.
 */
export interface RegistryBehaviour {
  readonly adapter: RegistryProfile['adapter'];
  /** Of the repository. */
  readonly path: string;
  /** Who may push. */
  readonly user: string;
  readonly protection: Protection;
  /** By what the signature of an image is found. */
  readonly signatures: 'referrers API' | 'referrers tag' | 'legacy tag';
  readonly tagsPerPage: number;
  /** What it says to whoever moves or deletes a tag that a rule or lock covers. */
  readonly locked: (tag: string) => Answer;
  /** What becomes of a manifest that is to be deleted, by tag or digest; undefined for what the specification says. */
  readonly deletion?: (reference: string, registry: ScriptedRegistry) => Answer | undefined;
  /** What a tag is answered with, where it is not what it points at. */
  readonly resolved?: (tag: string, registry: ScriptedRegistry) => Answer | undefined;
}

export const PASSWORD = 'p';

const byPassword = (user: string): Protection => ({ scheme: 'basic', users: { [user]: PASSWORD } });
const byToken = (user: string): Protection => ({ scheme: 'bearer', users: { [user]: PASSWORD } });

const UNSUPPORTED = error(405, 'UNSUPPORTED', 'The operation is unsupported.');
const isTag = (reference: string): boolean => !reference.includes(':');

const tagsOf = (digest: string, { tags }: ScriptedRegistry): readonly string[] =>
  Object.keys(tags).filter((tag) => tags[tag] === digest);

/** Whether a manifest that has a tag lists it, or is attached to it. */
const isReferredTo = (digest: string, registry: ScriptedRegistry): boolean =>
  Object.values(registry.tags).some(
    (target) => target !== digest && registry.bytesOf(target)?.includes(digest) === true,
  );

const ecr: RegistryBehaviour = {
  adapter: 'ECR',
  path: 'shop/checkout',
  user: 'AWS',
  protection: byPassword('AWS'),
  signatures: 'referrers API',
  tagsPerPage: 100,
  locked: (tag) =>
    error(
      400,
      'TAG_INVALID',
      `The image tag '${tag}' already exists in the 'shop/checkout' repository and cannot be overwritten because the tag is immutable.`,
    ),
  // An image goes with its last tag.
  deletion: (reference, registry) => {
    const digest = registry.tags[reference];
    if (digest === undefined || tagsOf(digest, registry).length > 1) return undefined;
    registry.remove(digest);
    return { status: 202 };
  },
};

const googleArtifactRegistry: RegistryBehaviour = {
  adapter: 'GoogleArtifactRegistry',
  path: 'project/images/checkout',
  user: '_json_key',
  protection: byToken('_json_key'),
  signatures: 'referrers API',
  tagsPerPage: 1_000,
  locked: (tag) =>
    error(
      400,
      'FAILED_PRECONDITION',
      `cannot update tag ${tag}. The repository has enabled tag immutability.`,
    ),
  deletion: (reference, registry) => {
    if (isTag(reference)) return undefined;
    const [tag] = tagsOf(reference, registry);
    if (tag !== undefined)
      return error(400, 'GOOGLE_MANIFEST_DANGLING_TAG', `Manifest is still referenced by tag: ${tag}`);
    if (!isReferredTo(reference, registry)) return undefined;
    return error(
      400,
      'GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE',
      'Manifest is still referenced by a parent image',
    );
  },
};

const acr: RegistryBehaviour = {
  adapter: 'ACR',
  path: 'shop/checkout',
  user: '00000000-0000-0000-0000-000000000000',
  protection: {
    ...{ scheme: 'bearer', users: { '00000000-0000-0000-0000-000000000000': PASSWORD } },
    scopeOf: (path) => (path.includes('/tags/list') ? 'repository:shop/checkout:metadata_read' : undefined),
  },
  signatures: 'referrers API',
  tagsPerPage: 100,
  locked: () =>
    error(
      405,
      'REGISTRY_DISALLOWED_OPERATION',
      'The operation is disallowed on this registry, repository or image.',
    ),
  // An image goes with any of its tags.
  deletion: (reference, registry) => {
    const digest = registry.tags[reference];
    if (digest === undefined) return undefined;
    registry.remove(digest);
    return { status: 202 };
  },
};

const ghcr: RegistryBehaviour = {
  adapter: 'GHCR',
  path: 'shop/checkout',
  user: 'robot',
  protection: byToken('robot'),
  signatures: 'referrers tag',
  tagsPerPage: 100,
  locked: () => error(403, 'DENIED', 'permission_denied: write_package'),
  deletion: () => UNSUPPORTED,
};

const harbor: RegistryBehaviour = {
  adapter: 'Harbor',
  path: 'shop/checkout',
  user: 'robot$shop+operator',
  protection: byToken('robot$shop+operator'),
  signatures: 'referrers API',
  tagsPerPage: 1_000,
  locked: (tag) =>
    error(
      412,
      'PRECONDITION',
      `Failed to process request due to 'shop/checkout:${tag}' configured as immutable.`,
    ),
  deletion: (reference, registry) => {
    if (isTag(reference)) return error(405, 'UNSUPPORTED', `unsupported digest ${reference}`);
    if (!isReferredTo(reference, registry)) return undefined;
    return error(412, 'VIOLATE_FOREIGN_KEY_CONSTRAINT', 'the deleting artifact is referenced by others');
  },
};

const gitlab: RegistryBehaviour = {
  adapter: 'GitLab',
  path: 'group/shop/checkout',
  user: 'deploy',
  protection: byToken('deploy'),
  signatures: 'legacy tag',
  tagsPerPage: 100,
  locked: (tag) =>
    error(403, 'DENIED', `requested access to the resource is denied: tag ${tag} is protected`),
  // The tag by which referrers are found leads to what they refer to.
  resolved: (tag, registry) => {
    const bytes = /^sha256-[0-9a-f]{64}$/.test(tag) && registry.bytesOf(tag.replace('-', ':'));
    if (!bytes) return undefined;
    const { mediaType } = JSON.parse(`${bytes}`);
    return { status: 200, headers: { 'content-type': mediaType }, body: bytes };
  },
};

const zot: RegistryBehaviour = {
  adapter: 'Zot',
  path: 'shop/checkout',
  user: 'operator',
  protection: byPassword('operator'),
  signatures: 'referrers API',
  tagsPerPage: 1_000,
  locked: () => error(403, 'DENIED', 'requested access to the resource is denied'),
};

const quay: RegistryBehaviour = {
  adapter: 'Quay',
  path: 'shop/checkout',
  user: 'shop+operator',
  protection: byToken('shop+operator'),
  signatures: 'referrers tag',
  tagsPerPage: 50,
  locked: (tag) => error(409, 'TAG_IMMUTABLE', `tag '${tag}' is immutable`),
};

const dockerHub: RegistryBehaviour = {
  adapter: 'DockerHub',
  path: 'library/checkout',
  user: 'operator',
  protection: byToken('operator'),
  signatures: 'referrers tag',
  tagsPerPage: 1_000,
  locked: (tag) => error(403, 'DENIED', `tag ${tag} is immutable`),
  deletion: () => UNSUPPORTED,
};

export const REGISTRY_BEHAVIOURS: readonly RegistryBehaviour[] = [
  ecr,
  googleArtifactRegistry,
  acr,
  ghcr,
  harbor,
  gitlab,
  zot,
  quay,
  dockerHub,
];

/** Makes the registry behave so, with rules or locks on the tags of which `isLocked` is true. */
export function behave(
  registry: ScriptedRegistry,
  behaviour: RegistryBehaviour,
  isLocked: (tag: string) => boolean = () => false,
): void {
  registry.protection = behaviour.protection;
  registry.referrersApi = behaviour.signatures === 'referrers API';
  registry.pageSize = behaviour.tagsPerPage;
  registry.pagesByLast = true;
  registry.quirk = ({ headers, method, path }) => {
    const [, reference = ''] = /\/manifests\/([^/]+)$/.exec(path) ?? [];
    // Who nobody knows is told so first.
    if (reference === '' || headers.authorization === undefined) return undefined;
    if (method === 'GET') return isTag(reference) ? behaviour.resolved?.(reference, registry) : undefined;
    if (isTag(reference) && isLocked(reference)) return behaviour.locked(reference);
    return method === 'DELETE' ? behaviour.deletion?.(reference, registry) : undefined;
  };
}
