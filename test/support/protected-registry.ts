import type { Digest } from '../../src/api/scalars.ts';
import { aClient, login, plain, type Secrets } from './oci-registry-client.ts';
import { ProtectedRepository } from './protected-repository.ts';
import { aRelease } from './releases.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

export interface ProtectedRegistryOptions {
  readonly path?: string;
  /** What the release needs. */
  readonly digest: Digest;
  /** Name and password of the Secret `push`; without it, there is none yet. */
  readonly user?: readonly [name: string, password: string];
  readonly terms?: object;
}

/** A scripted registry, and an operator that reaches it by the real client for one release. `await using` ends both. */
export async function aProtectedRegistry({ digest, path, terms, user }: ProtectedRegistryOptions) {
  const registry = await ScriptedRegistry.start();
  const secrets: Record<string, Secrets[string]> = {};
  const know = (name: string, password: string): void => {
    secrets.push = { [registry.host]: login(name, password) };
  };
  if (user) know(...user);
  const client = aClient({ settings: plain(registry), secrets });
  const cluster = new ProtectedRepository({ registry: client.registry, ...(terms && { terms }) });
  const repository = `${registry.host}/${path ?? 'shop/checkout'}`;
  const release = aRelease({
    spec: {
      artifact: { repository, digest, imagePullSecrets: [{ name: 'push' }] },
      protection: { mode: 'Tags' },
    },
    status: { stable: { digest }, pins: [], history: [] },
  });
  cluster.put(release);
  const pass = () => cluster.pass(repository);
  return {
    ...{ cluster, know, pass, registry, repository },
    async protect() {
      await pass();
      await cluster.clock.advance(60_000);
      await pass();
    },
    comeBack: () => cluster.put(release),
    /** Nobody wants it any more, and the grace period is over. */
    async leave() {
      cluster.remove('shop/checkout');
      await pass();
      await cluster.clock.advance(3_601_000);
      await pass();
    },
    /** Passes whenever one is due. Resolves to what was asked of the registry meanwhile. */
    async during(seconds: number): Promise<readonly string[]> {
      registry.received.length = 0;
      for (let left = seconds; left > 0; ) {
        const pause = (await pass()) ?? seconds;
        await cluster.clock.advance(pause * 1000);
        left -= pause;
      }
      return registry.requests;
    },
    check: () => cluster.check(release, digest),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}
