import { defineConfig } from 'rolldown';

/**
 * The operator as one file. Unbundled, the API models of the Kubernetes client alone take 80 MiB and a second of CPU at
 * every start, and we use none of them; they have no side effects, so they fall out here.
 */
export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  treeshake: { moduleSideEffects: (id) => !id.includes('/@kubernetes/client-node/') },
  output: { file: 'dist/main.js', format: 'esm' },
});
