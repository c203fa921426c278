// Who signs the images of a test cluster, as a pipeline would: the real cosign with keys of its own.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, VERSION } from '../../src/api/artifact-release.ts';
import { findBinaries } from './binaries.ts';
import type { ClusterClient, WorkloadImage } from './cluster-client.ts';
import { Cosign, type KeyName, type Layout } from './cosign.ts';
import { onLocalhost } from './localhost.ts';
import type { OnProgress } from './progress.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const POLICIES = { group: GROUP, version: VERSION, resource: 'artifactpolicies' };

export interface SigningOptions {
  readonly layout?: Layout;
  readonly key?: KeyName;
}

export class Signer implements AsyncDisposable {
  readonly #cosign: Cosign;
  readonly #parts: AsyncDisposableStack;

  private constructor(cosign: Cosign, parts: AsyncDisposableStack) {
    this.#cosign = cosign;
    this.#parts = parts;
  }

  /** Builds cosign where it is not there yet, which takes minutes, and makes the keys. */
  static async open(
    { connection }: ClusterClient,
    keys: readonly KeyName[],
    onProgress: OnProgress,
  ): Promise<Signer> {
    const { cosign } = await findBinaries(['cosign'], onProgress);
    await using opening = new AsyncDisposableStack();
    const folder = opening.use(await TemporaryFolder.create(join(tmpdir(), 'artifactrelease-signer-')));
    const registry = opening.use(await onLocalhost(connection.registryAddress));
    const signer = new Cosign(cosign, folder.path, registry.address);
    await signer.prepare(keys);
    return new Signer(signer, opening.move());
  }

  async sign(image: WorkloadImage, { layout = 'bundle', key = 'p-256' }: SigningOptions = {}): Promise<void> {
    await this.#cosign.sign(layout, key, withinRegistry(image));
  }

  /** `type` is a name of cosign's, or a URI. */
  async attest(
    image: WorkloadImage,
    type: string,
    predicate: object,
    { layout = 'bundle', key = 'p-256' }: SigningOptions = {},
  ): Promise<void> {
    await this.#cosign.attest(layout, key, withinRegistry(image), type, predicate);
  }

  /** PEM. */
  async publicKey(key: KeyName = 'p-256'): Promise<string> {
    return await this.#cosign.publicKey(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

const withinRegistry = ({ repository, digest }: WorkloadImage) => ({
  repository: repository.slice(repository.indexOf('/') + 1),
  digest,
});

/** The registry of a test cluster speaks HTTP, and the operator has to be told so. May be said again, with other terms. */
export async function admitRegistry(
  cluster: ClusterClient,
  terms: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const registry = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ArtifactRegistry',
    metadata: { name: 'registry-of-the-cluster' },
    spec: { host: cluster.connection.registryAddress, plainHttp: true, ...terms },
  };
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(registry));
}

/** An ArtifactPolicy for one namespace. Resolves to what takes it back. */
export async function demand(
  { api }: ClusterClient,
  namespace: string,
  requirements: object,
): Promise<() => Promise<void>> {
  const name = `for-${namespace}`;
  await api.create(resourcePath(POLICIES), {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ArtifactPolicy',
    metadata: { name },
    spec: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      ...requirements,
    },
  });
  return async () => {
    await api.delete(resourcePath(POLICIES, { name }));
  };
}
