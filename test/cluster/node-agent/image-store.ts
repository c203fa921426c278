import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseImageReference } from './image-reference.ts';
import { type Descriptor, type ImageConfig, RegistryClient } from './registry-client.ts';

export interface PulledImage {
  /** `repository@digest` of what the reference resolved to, as a kubelet reports it. */
  readonly imageID: string;
  readonly config: ImageConfig;
  /** The unpacked layers. Shared by the containers of the image: nothing writes there. */
  readonly rootDirectory: string;
}

/** The images of one node: pulls each once and keeps it, as the image store of a container runtime does. */
export class ImageStore {
  readonly #directory: string;
  #generation = 1;
  readonly #present = new Map<string, Promise<PulledImage>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** As on a node that is new: everything is pulled again. What runs keeps its files. */
  empty(): void {
    this.#present.clear();
    this.#generation += 1;
  }

  /** Rejects with an error fit for the message of `ErrImagePull`. */
  async pull(reference: string, policy: 'Always' | 'IfNotPresent' | 'Never'): Promise<PulledImage> {
    const present = this.#present.get(reference);
    if (present !== undefined && policy !== 'Always') return await present;
    if (policy === 'Never') throw new Error(`image "${reference}" is not present with pull policy of Never`);
    const pulling = this.#pull(reference).catch((error: unknown) => {
      if (this.#present.get(reference) === pulling) this.#present.delete(reference);
      throw new Error(`failed to pull image "${reference}": ${toMessage(error)}`, { cause: error });
    });
    this.#present.set(reference, pulling);
    return await pulling;
  }

  async #pull(text: string): Promise<PulledImage> {
    const reference = parseImageReference(text);
    const registry = new RegistryClient(reference);
    const { digest, manifest } = await registry.resolve(reference.target);
    const config = await registry.config(manifest.config);
    const rootDirectory = await this.#unpack(registry, manifest.config.digest, manifest.layers);
    return { imageID: `${reference.registry}/${reference.repository}@${digest}`, config, rootDirectory };
  }

  /** Under the configuration's digest, which names the content of every layer. A folder under its own name is complete. */
  async #unpack(registry: RegistryClient, digest: string, layers: readonly Descriptor[]): Promise<string> {
    const complete = join(this.#folder('images'), digest.replace(':', '-'));
    if (await exists(complete)) return complete;
    const unfinished = `${complete}.${crypto.randomUUID()}`;
    await mkdir(unfinished, { recursive: true });
    for (const layer of layers) {
      // tar itself refuses absolute names and "..". Whiteouts stay: no image of the tests deletes a file.
      const archive = await this.#blob(registry, layer);
      await promisify(execFile)('tar', ['-xzf', archive, '-C', unfinished, '--no-same-owner']);
    }
    try {
      await rename(unfinished, complete);
    } catch (error) {
      // Another reference to the same image was faster.
      if (!(await exists(complete))) throw error;
      await rm(unfinished, { recursive: true });
    }
    return complete;
  }

  /** The file of a layer, which images of the same base share. */
  async #blob(registry: RegistryClient, layer: Descriptor): Promise<string> {
    const path = join(this.#folder('blobs'), layer.digest.replace(':', '-'));
    if (await exists(path)) return path;
    const unfinished = `${path}.${crypto.randomUUID()}`;
    await mkdir(this.#folder('blobs'), { recursive: true });
    await writeFile(unfinished, await registry.blob(layer));
    await rename(unfinished, path);
    return path;
  }

  #folder(name: string): string {
    return join(this.#directory, `${name}-${this.#generation}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function toMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says only "fetch failed"; why is in its cause.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
