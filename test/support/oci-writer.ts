import { expect } from 'vitest';
import { aClient, plain } from './oci-registry-client.ts';
import { config, image } from './oci-repository.ts';
import { type Answer, ScriptedRegistry } from './scripted-registry.ts';

export const access = { namespace: 'shop', imagePullSecrets: [] };
export const KEEP = 'keep.cluster.checkout';

/** A registry with the image and its blob, which answers everything with `answer` if there is one, and a writer of it. */
export async function aWriter(answer?: Answer) {
  const registry = await ScriptedRegistry.start();
  registry.put(config);
  registry.tag('v1', image);
  if (answer !== undefined) registry.quirk = () => answer;
  const client = aClient({ settings: plain(registry) });
  return {
    ...{ client, registry },
    writer: client.registry.openForWriting(`${registry.host}/shop/checkout`, access),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** What it is refused with: `words` are in the message. */
export const refused = (reason: string, words = '') => ({ reason, message: expect.stringContaining(words) });
