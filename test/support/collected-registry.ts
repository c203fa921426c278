// A registry whose garbage is really collected, and the artifacts in one repository of it.

import type { WritableRegistry } from '../../src/ports/registry-writer.ts';
import { findBinaries } from '../cluster/binaries.ts';
import { Registry, type RegistryOptions } from '../cluster/registry.ts';
import { claimSite } from '../cluster/site.ts';
import type { ToolName } from '../cluster/tools.ts';
import { ArtifactWorld } from './artifact-world.ts';
import { aClient, PLAIN } from './oci-registry-client.ts';
import { RawRepository } from './raw-repository.ts';
import { seededRandom } from './seeded-random.ts';

/** Every version that is supported, by what it is called. */
export const REGISTRIES = [
  ['distribution 3.1', 'registry'],
  ['distribution 2.8', 'registry-2.8'],
] as const satisfies readonly (readonly [string, ToolName])[];

export type RegistryTool = (typeof REGISTRIES)[number][1];

const NAME = 'shop/checkout';

export class CollectedRegistry {
  readonly registry: Registry;
  readonly repository: RawRepository;
  readonly world: ArtifactWorld;
  /** As in `spec.artifact.repository`. */
  readonly repositoryName: string;
  /** As operators reach it. */
  readonly client: WritableRegistry;
  readonly #parts: AsyncDisposableStack;

  private constructor(registry: Registry, parts: AsyncDisposableStack, seed: number) {
    this.registry = registry;
    this.repository = new RawRepository(registry.url, NAME);
    this.repositoryName = `${registry.address}/${NAME}`;
    this.world = new ArtifactWorld(this.repository, seededRandom(seed));
    this.client = parts.use(aClient({ settings: { [registry.address]: PLAIN } })).registry;
    this.#parts = parts;
  }

  /** With an image that nobody touches: a repository that never had a tag cannot be collected at all. */
  static async start(
    tool: RegistryTool,
    { seed = 1, ...options }: RegistryOptions & { readonly seed?: number } = {},
  ): Promise<CollectedRegistry> {
    const binaries = await findBinaries([tool], () => undefined);
    await using parts = new AsyncDisposableStack();
    const site = await claimSite();
    parts.defer(() => site.release());
    const registry = parts.use(new Registry(site, binaries[tool], options));
    await registry.start();
    const started = new CollectedRegistry(registry, parts.move(), seed);
    await started.world.image('anchor', ['anchor']);
    return started;
  }

  /** Nobody may write meanwhile, as its documentation has it; a test that waits for this does not. */
  async collect(options: { readonly deleteUntagged: boolean } = { deleteUntagged: true }): Promise<void> {
    await this.registry.collectGarbage(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}
