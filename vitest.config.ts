import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** It has a cluster of its own: what is collected there would be missed by every other test. */
const OWN_CLUSTER = 'test/e2e/protection.test.ts';

/** Node strips the types itself, as in production; otherwise every project would transform every file for itself. */
const NATIVE = { viteModuleRunner: false, nodeLoader: false };

const LONGEST =
  /(release-endings|release-rules|property.replay|isolated-evidence|profile-contract|bundle)\.test\.ts$/;

/** Where no run has been timed yet, as on a fresh checkout, the largest file is not the longest: that would begin last. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    coverage: { provider: 'v8', include: ['src/domain/**'], reporter: ['text', 'text-summary'] },
    projects: [
      // Some start the generator or the program as a process, which a busy machine makes slow.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          maxWorkers: '100%',
          testTimeout: 30_000,
          hookTimeout: 30_000,
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
