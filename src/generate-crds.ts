import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { GROUP } from './api/artifact-release.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './api/crd.ts';

const USAGE = `Writes the CustomResourceDefinitions in crds/ from the zod schemas in src/api.

  npm run gen                           write them
  npm run gen -- --check                write nothing; exit 1 and name each file that differs
  npm run gen -- --output <folder>      another folder than crds/
`;

const HEADER = '# Generated from src/api by `npm run gen`. Do not edit.\n';

/** Named as controller-gen names them, so that people find them where they look. */
function generate(): ReadonlyMap<string, string> {
  return new Map(
    CUSTOM_RESOURCE_DEFINITIONS.map((definition) => {
      const { group, names } = definition.spec;
      const yaml = stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false });
      return [`${group}_${names.plural}.yaml`, HEADER + yaml];
    }),
  );
}

async function write(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of generate()) await writeFile(join(folder, name), content);
}

/** One line for each file that is not what would be written now. */
async function findDifferences(folder: string): Promise<string[]> {
  const expected = generate();
  const present = await readdir(folder);
  const leftOver = present.filter((name) => name.startsWith(`${GROUP}_`) && !expected.has(name));
  const compared = await Promise.all(
    [...expected].map(([name, content]) => compare(join(folder, name), content)),
  );
  return [
    ...leftOver.map((name) => `${join(folder, name)}: nothing generates it`),
    ...compared.filter((difference) => difference !== undefined),
  ];
}

async function compare(path: string, expected: string): Promise<string | undefined> {
  const committed = await readFile(path, 'utf8').catch(() => undefined);
  if (committed === undefined) return `${path}: missing`;
  if (committed === expected) return undefined;
  const lines = committed.split('\n');
  const line = expected.split('\n').findIndex((text, index) => text !== lines[index]);
  // None differs up to the end of what is expected, so there is something after it.
  return `${path}: differs from line ${line < 0 ? expected.split('\n').length : line + 1}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      output: { type: 'string', default: join(import.meta.dirname, '../crds') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (!values.check) {
    await write(values.output);
    return;
  }
  const differences = await findDifferences(values.output);
  if (differences.length === 0) return;
  process.stderr.write(`${differences.join('\n')}\nRun \`npm run gen\` and commit the result.\n`);
  process.exitCode = 1;
}

await main();
