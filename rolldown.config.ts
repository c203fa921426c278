import type { OutputOptions, RolldownOptions } from 'rolldown';

export type Program = RolldownOptions & { readonly output: OutputOptions & { readonly file: string } };

/**
 * One file. Unbundled, the API models of the Kubernetes client alone take 80 MiB and a second of CPU at every start, and
 * we use none of them; they have no side effects, so they fall out here.
 */
export const program = (input: string, file: string): Program => ({
  input,
  platform: 'node',
  treeshake: { moduleSideEffects: (id) => !id.includes('/@kubernetes/client-node/') },
  output: { file, format: 'esm', codeSplitting: false },
});

/** The operator, beside it the process in which it examines what is attached to an artifact, and the plugin of kubectl. */
export default [
  program('src/main.ts', 'dist/main.js'),
  program('src/adapters/sigstore-verifier/evidence-process.ts', 'dist/evidence-process.js'),
  program('src/cli/main.ts', 'dist/kubectl-artifactrelease.js'),
];
