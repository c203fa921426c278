// A repository of a real registry, spoken to without a line of the operator's: what proves it must not share its errors.

import { createHash } from 'node:crypto';
import { pushImage } from '../cluster/images/push-image.ts';
import { type Content, content, INDEX, MANIFEST } from './oci-content.ts';

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

export const hashOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export class RawRepository {
  readonly #registryUrl: string;
  readonly #name: string;

  /** `name` is the repository within the registry. */
  constructor(registryUrl: string, name: string) {
    this.#registryUrl = registryUrl;
    this.#name = name;
  }

  async manifest(reference: string): Promise<Answer> {
    return await this.#ask('GET', `manifests/${reference}`);
  }

  async blob(digest: string): Promise<Answer> {
    return await this.#ask('GET', `blobs/${digest}`);
  }

  /** None for a repository that does not exist. These tests stay below what a page holds. */
  async tags(): Promise<readonly string[]> {
    const { status, bytes } = await this.#ask('GET', 'tags/list?n=1000');
    if (status === 404) return [];
    const { tags } = JSON.parse(bytes.toString('utf8')) as { tags: string[] | null };
    return tags ?? [];
  }

  async push(manifest: Content, blobs: readonly Content[] = [], tags: readonly string[] = []): Promise<void> {
    await pushImage(
      this.#registryUrl,
      this.#name,
      { manifest: toBlob(manifest), blobs: blobs.map(toBlob) },
      tags,
    );
  }

  /** What an administrator can do by mistake: it takes every tag of the manifest along. */
  async deleteManifest(digest: string): Promise<void> {
    await this.#expect(202, 'DELETE', `manifests/${digest}`);
  }

  /** The tag alone. Registry 2.8 cannot do it, so a manifest of the tag's own is put there and deleted. */
  async untag(tag: string): Promise<void> {
    const { status } = await this.#ask('DELETE', `manifests/${tag}`);
    if (status === 202 || status === 404) return;
    const own = content(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
      annotations: { untagged: tag },
    });
    await this.push(own, [], [tag]);
    await this.deleteManifest(own.digest);
  }

  async #expect(expected: number, method: string, path: string): Promise<void> {
    const { status, bytes } = await this.#ask(method, path);
    if (status !== expected) throw new Error(`${method} ${path}: ${status} ${bytes}`);
  }

  async #ask(method: string, path: string): Promise<Answer> {
    const response = await fetch(`${this.#registryUrl}/v2/${this.#name}/${path}`, {
      method,
      headers: { accept: `${MANIFEST}, ${INDEX}, */*` },
    });
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
  }
}

const toBlob = ({ bytes, digest, mediaType }: Content) => ({ mediaType, digest, content: bytes });
