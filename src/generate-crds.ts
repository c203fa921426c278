import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { artifactReleaseCrd } from './api/crd.ts';

const usage = `Writes the CustomResourceDefinitions in crds/ from the zod schemas in src/api.

  npm run gen              write them
  npm run gen -- --check   write nothing; exit 1 and name each file that differs
`;

const folder = join(import.meta.dirname, '../crds');
const header = '# Generated from src/api by `npm run gen`. Do not edit.\n';

/** The content of each generated file by its name. */
export function generateCrds(): ReadonlyMap<string, string> {
  return new Map(
    [artifactReleaseCrd].map((crd) => [
      `${crd.spec.group}_${crd.spec.names.plural}.yaml`,
      header + stringify(crd, { lineWidth: 110, aliasDuplicateObjects: false }),
    ]),
  );
}

async function write(): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of generateCrds()) await writeFile(join(folder, name), content);
}

/** One line for each file that is not what would be written now. */
async function findDifferences(): Promise<string[]> {
  const expected = generateCrds();
  const present = (await readdir(folder)).filter((name) => name.startsWith('artifactrelease.dev_'));
  const leftOver = present.filter((name) => !expected.has(name)).map((name) => `crds/${name}: not generated`);
  const compared = [...expected].map(([name, content]) => compare(name, content));
  return [...leftOver, ...(await Promise.all(compared)).filter((difference) => difference !== undefined)];
}

async function compare(name: string, expected: string): Promise<string | undefined> {
  const committed = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (committed === undefined) return `crds/${name}: missing`;
  if (committed === expected) return undefined;
  const lines = committed.split('\n');
  const line = expected.split('\n').findIndex((text, index) => text !== lines[index]);
  return `crds/${name}: differs from line ${line < 0 ? lines.length : line + 1}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (!values.check) return await write();
  const differences = await findDifferences();
  if (differences.length === 0) return;
  process.stderr.write(`${differences.join('\n')}\nRun npm run gen and commit the result.\n`);
  process.exitCode = 1;
}

if (import.meta.main) await main();
