import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  artifactRegistryCrd,
  artifactReleaseCrd,
  CUSTOM_RESOURCE_DEFINITIONS,
} from '../../../src/api/crd.ts';

const root = join(import.meta.dirname, '../../..');
const crds = join(root, 'crds');
const file = 'artifactrelease.dev_artifactreleases.yaml';

/** Exit code and output of `npm run gen`. */
async function generate(...args: readonly string[]) {
  const script = join(root, 'src/generate-crds.ts');
  return await promisify(execFile)(process.execPath, [script, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

describe('the CustomResourceDefinitions', () => {
  it.each(
    CUSTOM_RESOURCE_DEFINITIONS.map((definition) => [definition.spec.names.plural, definition] as const),
  )('of %s is what is committed', async (plural, definition) => {
    const committed = await readFile(join(crds, `artifactrelease.dev_${plural}.yaml`), 'utf8');

    expect(committed).toMatch(/^# Generated .* Do not edit\.\n/);
    expect(parse(committed)).toEqual(definition);
  });

  it('are all installed', async () => {
    const { resources } = parse(await readFile(join(crds, 'kustomization.yaml'), 'utf8'));
    const files = CUSTOM_RESOURCE_DEFINITIONS.map(
      ({ spec }) => `artifactrelease.dev_${spec.names.plural}.yaml`,
    );
    expect([...resources].sort()).toEqual(files.sort());
  });

  it('of registries is of the whole cluster, without a status', () => {
    expect(artifactRegistryCrd.spec.scope).toBe('Cluster');
    expect(artifactRegistryCrd.spec.versions[0]).not.toHaveProperty('subresources');
  });
});

describe('the CustomResourceDefinition of releases', () => {
  const [version] = artifactReleaseCrd.spec.versions;

  it('has the columns that people look for, and the long ones only in the wide output', () => {
    const named = version.additionalPrinterColumns.map(({ name, priority = 0 }) => `${name} ${priority}`);

    expect(named.join(', ')).toBe(
      'Phase 0, Step 0, Weight 0, Stable 0, Candidate 0, Burn 0, Age 0, Version 1, Message 1',
    );
  });

  it('finds releases by their digest', () => {
    expect(version.selectableFields).toEqual([{ jsonPath: '.spec.artifact.digest' }]);
  });

  it('keeps status apart from spec', () => {
    expect(version.subresources).toEqual({ status: {} });
    expect(version.schema.openAPIV3Schema.required).toEqual(['spec']);
  });
});

describe('npm run gen', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crds-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('writes what is committed', async () => {
    expect(await generate('--output', folder)).toEqual({ code: 0, output: '' });
    expect(await readFile(join(folder, file), 'utf8')).toBe(await readFile(join(crds, file), 'utf8'));
  });

  it('--check names what is missing, differs or is left over, and writes nothing', async () => {
    const other = 'artifactrelease.dev_artifactpolicies.yaml';
    await cp(crds, folder, { recursive: true });
    await rm(join(folder, other));
    await appendFile(join(folder, file), 'more: true\n');
    await writeFile(join(folder, 'artifactrelease.dev_olds.yaml'), '');

    const { code, output } = await generate('--check', '--output', folder);
    expect(code).toBe(1);
    expect(output).toContain(`${other}: missing`);
    expect(output).toMatch(/artifactreleases\.yaml: differs from line \d+/);
    expect(output).toContain('artifactrelease.dev_olds.yaml: nothing generates it');
    expect(await readdir(folder)).not.toContain(other);
    expect(await readFile(join(folder, 'artifactrelease.dev_olds.yaml'), 'utf8')).toBe('');
  });

  it('--help says what it does', async () => {
    expect((await generate('--help')).output).toContain('--check');
  });
});
