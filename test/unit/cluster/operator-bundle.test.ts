import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import programs, { program } from '../../../rolldown.config.ts';
import { Authority } from '../../../src/api/authority-spec.ts';
import { buildInto } from '../../cluster/operator-bundle.ts';
import { PUBLIC_GOOD_IDENTITY, publicGoodContents } from '../../support/public-good-fixture.ts';

const parent = 'src/adapters/sigstore-verifier/isolated-evidence.ts';

it('as it ships, the operator finds the process that examines evidence, and neither needs a package', async () => {
  // Outside of the project, so that there is no node_modules to fall back on.
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const child = programs.find(({ output }) => output.file === 'dist/evidence-process.js');
  await buildInto(folder, child ?? expect.unreachable());
  const file = await buildInto(folder, program(parent, 'isolated-evidence.js'));
  const { IsolatedEvidence }: typeof import('../../../src/adapters/sigstore-verifier/isolated-evidence.ts') =
    await import(file);
  await using isolated = new IsolatedEvidence();
  const authority = Authority.parse({ name: 'ci', keyless: { identities: [PUBLIC_GOOD_IDENTITY] } });

  const result = await isolated.collect(
    publicGoodContents,
    [{ policy: 'policy', authority, material: {} }],
    new AbortController().signal,
  );

  expect(result).toMatchObject({
    known: true,
    collected: { evidence: [{ authority: 'policy/ci', content: { kind: 'Attestation' } }], rejected: [] },
  });
});
