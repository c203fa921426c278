import { describe, expect, it } from 'vitest';
import { keepTag } from '../../src/domain/protection/keep-tag.ts';
import { type Artifact, digestsOf, manifestsOf } from '../support/artifact-world.ts';
import { runCli } from '../support/cli.ts';
import { CollectedRegistry, REGISTRIES } from '../support/collected-registry.ts';
import { remainsOf } from '../support/deep-verify.ts';
import type { Content } from '../support/oci-content.ts';
import { answering, aProtectedDocument } from '../support/protected-document.ts';
import { ScriptedApiServer } from '../support/scripted-api-server.ts';

const OWNER = 'aaaa1111';

/** A release needs the one and nobody the other; neither has a tag of its own any more. */
async function stock({ world }: CollectedRegistry) {
  const needed = await world.signed(await world.multiArch('needed', ['v1']));
  const unneeded = await world.image('unneeded', ['v1']);
  await world.image('newest', ['v1']);
  return { needed, unneeded };
}

async function keep({ repository }: CollectedRegistry, manifests: readonly Content[]): Promise<void> {
  for (const manifest of manifests) await repository.push(manifest, [], [keepTag(OWNER, manifest.digest)]);
}

/** Runs the real collector between the two looks of gc-guard, as a clean-up of its own that can only be asked to. */
async function guardedCollection(collected: CollectedRegistry, needed: Artifact) {
  const digest = {
    ...{ repository: collected.repositoryName, digest: needed.root.digest, members: [...digestsOf(needed)] },
    ...{ roles: ['Rollback'], releases: ['shop/checkout'], reason: 'Protected' },
  };
  await using operator = await ScriptedApiServer.start(
    answering(() => aProtectedDocument({ owner: OWNER, digests: [digest] })),
  );
  await using collector = await ScriptedApiServer.start((response) => {
    collected.collect().then(
      () => response.writeHead(200).end(),
      () => response.writeHead(500).end(),
    );
  });
  const ask = 'fetch(process.argv[1]).then(({ ok }) => { process.exitCode = ok ? 0 : 1; })';
  return await runCli([
    ...['gc-guard', '--from', operator.access.server, '--plain-http', collected.registry.address],
    ...['--', process.execPath, '-e', ask, collector.access.server],
  ]);
}

describe.each(REGISTRIES)('gc-guard around the collector of %s', (_, tool) => {
  it('finds everything again that has keep tags, while what nobody needs is gone', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const { needed, unneeded } = await stock(collected);
    await keep(collected, manifestsOf(needed));

    const { exit, told } = await guardedCollection(collected, needed);

    expect({ exit, told }).toEqual({
      exit: 0,
      told: expect.stringContaining('all 4 manifests are there, with their blobs'),
    });
    expect(await remainsOf(collected.repository, unneeded)).toEqual([]);
  });

  it('names every manifest that the collector has taken', async () => {
    await using collected = await CollectedRegistry.start(tool);
    const { needed } = await stock(collected);

    const { exit, told } = await guardedCollection(collected, needed);

    expect(exit).toBe(1);
    const lost = manifestsOf(needed).filter(({ digest }) =>
      told.includes(`lost: ${collected.repositoryName}@${digest} (shop/checkout)`),
    );
    // The list by which the signature is found has a tag, and 3.1 spares what such a list names.
    const spared = tool === 'registry' ? needed.attached.length : 0;
    expect(lost).toHaveLength(4 - spared);
  });
});
