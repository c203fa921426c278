import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { tarOfExecutable } from './tar-archive.ts';

/** How the server in the image behaves, whatever the pod says: that is what makes a digest good or bad. */
export type Behaviour =
  | { readonly mode: 'good' | 'crashing'; readonly version: string }
  | { readonly mode: 'erroring'; readonly version: string; readonly errorRatio: number }
  | { readonly mode: 'slow'; readonly version: string; readonly latencyMs: number };

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly content: Buffer;
}

export interface Image {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

/** The layer that every image of the tests shares, and its digest before compression, which the configuration names. */
export interface Layer {
  readonly blob: Blob;
  readonly diffId: string;
}

export async function workloadLayer(binary: string): Promise<Layer> {
  const tar = tarOfExecutable('workload', await readFile(binary));
  const gzip = gzipSync(tar, { level: 1 });
  return { blob: toBlob('application/vnd.oci.image.layer.v1.tar+gzip', gzip), diffId: digestOf(tar) };
}

/** An OCI image; the same behaviour and binary give the same digest on every run. */
export function workloadImage(layer: Layer, behaviour: Behaviour): Image {
  const config = toJsonBlob('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['/workload'], Env: environmentOf(behaviour) },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  const manifest = toJsonBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: toDescriptor(config),
    layers: [toDescriptor(layer.blob)],
  });
  return { manifest, blobs: [layer.blob, config] };
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function environmentOf(behaviour: Behaviour): readonly string[] {
  const common = [`MODE=${behaviour.mode}`, `VERSION=${behaviour.version}`];
  switch (behaviour.mode) {
    case 'erroring':
      return [...common, `ERROR_RATIO=${behaviour.errorRatio}`];
    case 'slow':
      return [...common, `LATENCY=${behaviour.latencyMs}ms`];
    case 'good':
    case 'crashing':
      return common;
  }
}

function toJsonBlob(mediaType: string, value: unknown): Blob {
  return toBlob(mediaType, Buffer.from(JSON.stringify(value)));
}

function toBlob(mediaType: string, content: Buffer): Blob {
  return { mediaType, digest: digestOf(content), content };
}

function toDescriptor({ mediaType, digest, content }: Blob) {
  return { mediaType, digest, size: content.length };
}
