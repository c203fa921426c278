import { describe, expect, it } from 'vitest';
import { CollectedRegistry, REGISTRIES, type RegistryTool } from '../support/collected-registry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ProtectedCluster } from '../support/protected-cluster.ts';
import { ProtectionModel } from '../support/protection-model.ts';
import { seededRandom } from '../support/seeded-random.ts';

// Two clusters with three releases each share a repository, and everything goes wrong that can; after every step the
// garbage is really collected. SEED=… repeats a run, or makes another one.

const SEED = Number(process.env.SEED ?? 5);
const STEPS = Number(process.env.STEPS ?? 60);
const TIMEOUT_MS = 300_000;

async function run(tool: RegistryTool, { protects }: { readonly protects: boolean }) {
  await using collected = await CollectedRegistry.start(tool, { seed: SEED });
  const clock = new FakeClock();
  const clusters = ['aaaa1111', 'bbbb2222'].map(
    (owner) =>
      new ProtectedCluster({
        ...{ owner, clock, registry: collected.client, repository: collected.repositoryName },
        mode: protects ? 'Tags' : 'None',
      }),
  );
  const model = new ProtectionModel({ collected, clusters, clock, protects, random: seededRandom(SEED) });
  const what = () => `SEED=${SEED}:\n${model.story.join('\n')}`;
  await model.begin();
  for (let step = 1; step <= STEPS && !model.hasLost; step += 1) {
    model.story.push(`step ${step}`);
    await model.step().catch((cause: unknown) => {
      throw new Error(what(), { cause });
    });
  }
  if (!model.hasLost) await model.end();
  const ownTags = (await collected.repository.tags()).filter((tag) => /^(keep|lease)\./.test(tag));
  return { ...model.findings, ownTags, what: what() };
}

describe.each(REGISTRIES)('two clusters that share a repository of %s', (_, tool) => {
  it(
    `lose nothing that they protect in ${STEPS} collections, and keep nothing else`,
    async () => {
      const { losses, remains, ownTags, verified, collected, what } = await run(tool, { protects: true });
      expect(losses, what).toEqual([]);
      expect(remains, what).toEqual([]);
      expect(ownTags, what).toEqual([]);
      expect(verified, what).toBeGreaterThan(STEPS);
      expect(collected, what).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    'lose what they run without protection',
    async () => {
      const { losses } = await run(tool, { protects: false });
      expect(losses).not.toEqual([]);
    },
    TIMEOUT_MS,
  );
});
