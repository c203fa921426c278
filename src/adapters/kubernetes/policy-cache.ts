import type { ArtifactPolicy } from '../../api/artifact-policy.ts';
import type { Status } from '../../api/artifact-release-status.ts';
import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import { keyOf } from '../../controller/list-watcher.ts';
import type { StoreReader } from '../../controller/store.ts';
import type { PolicyReader, Understood } from '../../ports/policies.ts';
import type { ClusterStores } from './cluster-cache.ts';
import type { CachedNamespace, CachedPolicy, CachedRegistry, CachedRevocation } from './policy-projection.ts';

/** What the platform says, for the whole cluster, and the namespaces that it says it about. */
export interface PolicyStores {
  readonly policies: StoreReader<CachedPolicy>;
  readonly revocations: StoreReader<CachedRevocation>;
  readonly registries: StoreReader<CachedRegistry>;
  readonly namespaces: StoreReader<CachedNamespace>;
}

/** The platform's demands as the watches have told them. */
export class PolicyCache implements PolicyReader {
  readonly #stores: PolicyStores & Pick<ClusterStores, 'releases'>;

  constructor(stores: PolicyStores & Pick<ClusterStores, 'releases'>) {
    this.#stores = stores;
  }

  policies(): readonly Understood<ArtifactPolicy>[] {
    return this.#stores.policies.list().map(({ understood }) => understood);
  }

  revocations(): readonly Understood<ArtifactRevocation>[] {
    return this.#stores.revocations.list().map(({ understood }) => understood);
  }

  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#stores.namespaces.get(namespace)?.labels;
  }

  releaseStatus(namespace: string, name: string): Status | undefined {
    const stored = this.#stores.releases.get(keyOf({ namespace, name }))?.stored;
    return stored?.valid ? stored.release.status : undefined;
  }
}
