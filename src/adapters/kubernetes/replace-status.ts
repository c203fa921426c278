import { FIELD_MANAGER, GROUP, VERSION } from '../../api/artifact-release.ts';
import { ConflictError } from '../../controller/errors.ts';
import type { ApiClient } from './api-client.ts';
import { isConflict } from './kube-api-error.ts';
import { type Resource, resourcePath } from './resource-path.ts';

/** One version of one object of ours. */
export interface StatusOwner {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Replaces the status of an object, fenced: throws ConflictError when it has changed since it was read. Resolves to
 * its new version. A PUT, because a merge patch would need a null for each field that went.
 */
export async function replaceStatus(
  client: ApiClient,
  resource: Resource,
  kind: string,
  { namespace, name, uid, resourceVersion }: StatusOwner,
  status: object,
  signal: AbortSignal,
): Promise<string> {
  const place = { ...(namespace !== undefined && { namespace }), name };
  const path = resourcePath(resource, { ...place, subresource: 'status' });
  const body = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind,
    metadata: { ...place, uid, resourceVersion },
    status,
  };
  const options = { query: { fieldManager: FIELD_MANAGER }, signal };
  const written = await quietly(
    client.update<{ readonly metadata: { readonly resourceVersion: string } }>(path, body, options),
  );
  return written.metadata.resourceVersion;
}

/** A conflict is no fault: somebody else wrote first, and the watch brings what they wrote. */
export async function quietly<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isConflict(error)) throw new ConflictError((error as Error).message, { cause: error });
    throw error;
  }
}
