import { defineConfig } from 'vitest/config';

/** It has a cluster of its own: what is collected there would be missed by every other test. */
const OWN_CLUSTER = 'test/e2e/protection.test.ts';

/** Node strips the types itself, as in production; otherwise every project would transform every file for itself. */
const NATIVE = { viteModuleRunner: false, nodeLoader: false };

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/domain/**'], reporter: ['text', 'text-summary'] },
    projects: [
      // Some start the generator or the program as a process, which a busy machine makes slow.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          maxWorkers: '100%',
          testTimeout: 30_000,
          isolate: false,
          experimental: NATIVE,
        },
      },
      {
        test: {
          name: 'property',
          include: ['test/property/**/*.test.ts'],
          maxWorkers: '100%',
          testTimeout: 60_000,
          isolate: false,
          experimental: NATIVE,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          globalSetup: ['test/cluster/vitest-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [OWN_CLUSTER],
          // More than there are processors: these tests wait for what the cluster does.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
          globalSetup: ['test/cluster/vitest-setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      // A second control plane beside the tests that share one would slow all of them down.
      {
        test: {
          name: 'e2e-collection',
          include: [OWN_CLUSTER],
          sequence: { groupOrder: 3 },
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
