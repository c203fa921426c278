import { z } from 'zod';
import { Digest } from '../../api/scalars.ts';
import type { Manifest } from '../../ports/registry.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import type { HashedBody } from './body.ts';

export const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** Registries translate what is not in here, and what is translated has another digest. */
export const ACCEPT_MANIFESTS = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ');

const Annotations = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? undefined);

export const DescriptorDocument = z.object({
  mediaType: z.string(),
  digest: Digest,
  size: z.int().min(0),
  artifactType: z.string().optional(),
  annotations: Annotations,
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
});

const ManifestDocument = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: DescriptorDocument.optional(),
  layers: z
    .array(DescriptorDocument)
    .nullish()
    .transform((value) => value ?? undefined),
  manifests: z
    .array(DescriptorDocument)
    .nullish()
    .transform((value) => value ?? undefined),
  subject: DescriptorDocument.nullish().transform((value) => value ?? undefined),
  annotations: Annotations,
});

/**
 * The manifest in these bytes. Its media type is the one that it states itself, else the Content-Type.
 *
 * Malformed if both are there and differ, or if it is an index and a manifest at once: what such bytes mean depends
 * on who reads them, so what one has verified another would not run (CVE-2021-41190).
 */
export function parseManifest(body: HashedBody, contentType: string): Manifest {
  const { mediaType: stated, ...document } = parseDocument(body.bytes);
  const served = contentType.split(';')[0]?.trim() ?? '';
  const mediaType = stated ?? served;
  if (stated !== undefined && isKnown(served) && stated !== served)
    throw new RegistryError(
      'Malformed',
      `it says that it is ${stated}, and its registry that it is ${served}`,
    );
  if (!isKnown(mediaType))
    throw new RegistryError('Malformed', `its media type ${mediaType} is not supported`);
  const isIndex = isIndexType(mediaType);
  const { config, layers, manifests } = document;
  if (isIndex ? config !== undefined || layers !== undefined : manifests !== undefined)
    throw new RegistryError('Malformed', 'it is an index and a manifest at once');
  return {
    ...document,
    ...(isIndex ? { manifests: manifests ?? [] } : { layers: layers ?? [] }),
    digest: body.digest,
    mediaType,
    bytes: body.bytes,
  };
}

export const isIndexType = (mediaType: string): boolean => INDEX_TYPES.some((type) => type === mediaType);

const isKnown = (mediaType: string): boolean =>
  isIndexType(mediaType) || MANIFEST_TYPES.some((type) => type === mediaType);

function parseDocument(bytes: Uint8Array): z.infer<typeof ManifestDocument> {
  try {
    return ManifestDocument.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new RegistryError('Malformed', 'it is not a manifest of OCI or of Docker schema 2', { cause });
  }
}
