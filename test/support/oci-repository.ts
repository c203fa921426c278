import { anImage } from './oci-content.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

export const { manifest: image, config } = anImage('checkout');
export const { manifest: other } = anImage('cart');
export const blob = { digest: config.digest, size: config.bytes.length };

/** A registry that holds the image and its config. */
export async function aRegistry() {
  const registry = await ScriptedRegistry.start();
  registry.put(image, config);
  return registry;
}
