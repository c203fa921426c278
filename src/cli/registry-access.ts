import { OciRegistry } from '../adapters/oci-registry/oci-registry.ts';
import { proxySettings } from '../adapters/oci-registry/proxy-settings.ts';
import { DEFAULT_SETTINGS } from '../adapters/oci-registry/registry-settings.ts';
import type { RepositoryReader } from '../ports/registry.ts';
import { RegistryError } from '../ports/registry-error.ts';
import type { ContentReader, OpenRepository } from './check-contents.ts';
import type { World } from './command.ts';
import { dockerLogin } from './docker-login.ts';

export interface Registries extends AsyncDisposable {
  readonly open: OpenRepository;
}

/** Registries as they are, without mirrors: what a mirror still has is not what was kept. */
export async function openRegistries(plainHttp: readonly string[], world: World): Promise<Registries> {
  const { access, reader } = await dockerLogin(world);
  const registry = new OciRegistry({
    settingsOf: (host) => ({ ...DEFAULT_SETTINGS, plainHttp: plainHttp.includes(host) }),
    pullSecrets: reader,
    proxies: proxySettings(world.environment),
    clock: world.clock,
    random: Math.random,
    observer: { requestFinished: () => undefined },
  });
  return {
    open: (repository) => contentReader(registry.open(repository, access)),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

/**
 * A blob is there once its first byte arrives. Not by HEAD: a registry that remembers its blobs goes on answering it
 * for what its collection has deleted.
 */
function contentReader(reader: RepositoryReader): ContentReader {
  return {
    manifest: (digest, signal) => reader.manifest(digest, signal),
    async hasBlob(digest, signal) {
      try {
        await reader.blob({ digest, size: 0 }, 0, signal);
        return true;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        if (error.reason === 'TooLarge') return true;
        if (error.reason === 'NotFound') return false;
        throw error;
      }
    },
  };
}
