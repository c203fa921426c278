// The pull half of the OCI distribution API, over plain HTTP. Everything is checked against the digest that it was
// asked for by: a node that runs other bytes than the release names would make the whole test meaningless.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ImageReference } from './image-reference.ts';

const REQUEST_TIMEOUT_MS = 10_000;

const Descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });
const Index = z.object({
  manifests: z.array(
    Descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});
const Config = z.object({
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
    })
    .default({}),
});

export type Descriptor = z.infer<typeof Descriptor>;
export type Manifest = z.infer<typeof Manifest>;
export type ImageConfig = z.infer<typeof Config>['config'];

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

export class RegistryClient {
  readonly #base: string;

  constructor(reference: ImageReference) {
    this.#base = `http://${reference.registry}/v2/${reference.repository}`;
  }

  /** The digest that a tag or digest stands for, and this platform's manifest behind it. */
  async resolve(target: string): Promise<{ readonly digest: string; readonly manifest: Manifest }> {
    const { content, mediaType } = await this.#get(`manifests/${target}`, [
      ...MANIFEST_TYPES,
      ...INDEX_TYPES,
    ]);
    const digest = target.includes(':') ? target : digestOf(content, 'sha256');
    verify(content, digest);
    if (!INDEX_TYPES.includes(mediaType)) return { digest, manifest: parse(content, Manifest) };
    const ours = parse(content, Index).manifests.find(({ platform }) => isThisPlatform(platform));
    if (ours === undefined) throw new Error(`no match for platform linux/${architecture()} in manifest`);
    return { digest, manifest: (await this.resolve(ours.digest)).manifest };
  }

  async config(descriptor: Descriptor): Promise<ImageConfig> {
    return parse(await this.blob(descriptor), Config).config;
  }

  async blob({ digest }: Descriptor): Promise<Buffer> {
    const { content } = await this.#get(`blobs/${digest}`, ['*/*']);
    verify(content, digest);
    return content;
  }

  async #get(path: string, accept: readonly string[]) {
    const url = `${this.#base}/${path}`;
    const response = await fetch(url, {
      headers: { accept: accept.join(', ') },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const content = Buffer.from(await response.arrayBuffer());
    if (response.status === 404) throw new Error(`${url}: not found`);
    if (!response.ok) throw new Error(`${url}: unexpected status ${response.status}`);
    return { content, mediaType: response.headers.get('content-type') ?? '' };
  }
}

function verify(content: Buffer, digest: string): void {
  const [algorithm = ''] = digest.split(':');
  const actual = digestOf(content, algorithm);
  if (actual !== digest) throw new Error(`digest mismatch: expected ${digest}, got ${actual}`);
}

function digestOf(content: Buffer, algorithm: string): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

function parse<T>(content: Buffer, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(content.toString('utf8')));
}

function isThisPlatform(platform: { os: string; architecture: string } | undefined): boolean {
  return platform?.os === 'linux' && platform.architecture === architecture();
}

function architecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
