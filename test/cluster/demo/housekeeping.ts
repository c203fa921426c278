import { randomBytes } from 'node:crypto';
import type { Cluster } from '../cluster.ts';
import { pushImage } from '../images/push-image.ts';
import { digestOf, workloadImage } from '../images/workload-image.ts';
import type { Stored } from '../registry.ts';

/** The registry does not admit to a manifest whose type is not asked for. */
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const OWN_LAYER_BYTES = 24 * 1024 * 1024;

/** Who cleans up the registry of the demo, and knows of protection no more than which tags to spare. */
export class Housekeeping {
  readonly #cluster: Cluster;
  readonly #repository: string;

  /** `repository` is the one within the registry that is cleaned up. */
  constructor(cluster: Cluster, repository: string) {
    this.#cluster = cluster;
    this.#repository = repository;
  }

  /** A build that nobody releases, with a layer that no other image has. Resolves to its digest. */
  async pushBuild(version: string): Promise<string> {
    const content = randomBytes(OWN_LAYER_BYTES);
    const digest = digestOf(content);
    const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, content };
    const image = workloadImage({ blob, diffId: digest }, { mode: 'good', version });
    await pushImage(this.#cluster.registry.url, this.#repository, image, [version]);
    return image.manifest.digest;
  }

  async tags(): Promise<readonly string[]> {
    const response = await this.#ask('GET', 'tags/list?n=1000');
    const { tags } = (await response.json()) as { tags: string[] | null };
    return tags ?? [];
  }

  async holds(digest: string): Promise<boolean> {
    return (await this.#ask('HEAD', `manifests/${digest}`)).ok;
  }

  /** Every tag but those that `kubectl artifactrelease retention-policy` asks to spare. Resolves to what is gone. */
  async deleteTags(): Promise<readonly string[]> {
    const doomed = (await this.tags()).filter((tag) => !/^(keep|lease)\./.test(tag));
    for (const tag of doomed) {
      const { ok, status } = await this.#ask('DELETE', `manifests/${tag}`);
      if (!ok) throw new Error(`the tag ${tag} is not deleted: ${status}`);
    }
    return doomed;
  }

  /** With the registry read-only meanwhile, as its documentation has it. Resolves to what is gone. */
  async collect(): Promise<Stored> {
    const { registry } = this.#cluster;
    const before = await registry.stored();
    await registry.restart({ readOnly: true });
    await registry.collectGarbage({ deleteUntagged: true });
    await registry.restart({ readOnly: false });
    const after = await registry.stored();
    return { manifests: before.manifests - after.manifests, bytes: before.bytes - after.bytes };
  }

  /** As if each were new. */
  emptyNodes(): void {
    for (const node of this.#cluster.nodes) node.emptyImageStore();
  }

  async #ask(method: string, path: string): Promise<Response> {
    const url = `${this.#cluster.registry.url}/v2/${this.#repository}/${path}`;
    return await fetch(url, { method, headers: { accept: IMAGE } });
  }
}
