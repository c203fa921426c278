import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

interface Source {
  /** Below src, e.g. `domain/decide.ts`. */
  readonly path: string;
  readonly text: string;
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((file) => ({ path: relative(SRC, file), text: readFileSync(file, 'utf8') }));

const under = (folder: string): readonly Source[] =>
  sources.filter(({ path }) => path.startsWith(`${folder}/`));

/** Static, side-effect and dynamic imports and re-exports; files of the project by their path below src. */
function importsOf({ path, text }: Source): readonly string[] {
  const found = text.matchAll(
    /^(?:import|export|\})[^;]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...found].map(([, ...names]) => {
    const name = names.find((one) => one !== undefined) ?? '';
    return name.startsWith('.') ? relative(SRC, resolve(SRC, dirname(path), name)) : name;
  });
}

/** `file → import` for every import that is neither below one of the folders nor one of the packages. */
const strangers = (
  folder: string,
  folders: readonly string[],
  packages: readonly string[],
): readonly string[] =>
  under(folder).flatMap((source) =>
    importsOf(source)
      .filter(
        (name) =>
          !packages.includes(name) && !folders.some((one) => name === one || name.startsWith(`${one}/`)),
      )
      .map((name) => `${source.path} → ${name}`),
  );

/** Without comments and literals that only hold text, so that prose about a word is not the word. */
const codeOf = ({ text }: Source): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''");

describe('imports', () => {
  it('are found at all', () => {
    expect(under('domain').length).toBeGreaterThan(20);
    expect(
      importsOf({
        path: 'domain/stages/a.ts',
        text: "import {\n  b,\n} from '../b.ts';\nimport 'c';\nawait import('d');",
      }),
    ).toEqual(['domain/b.ts', 'c', 'd']);
  });

  it.each([
    ['domain', ['domain', 'api'], ['node:crypto', 'node:util']],
    ['api', ['api'], ['zod']],
    ['controller', ['controller'], []],
  ])('of %s stay inside', (folder, folders, packages) => {
    expect(strangers(folder, folders, packages)).toEqual([]);
  });

  it.each([
    ['ports', ['ports', 'domain', 'api']],
    ['reconcile', ['reconcile', 'domain', 'ports', 'api', 'controller/errors.ts']],
    ['verification', ['verification', 'domain', 'ports', 'api', 'controller']],
    ['protection', ['protection', 'domain', 'ports', 'api', 'controller']],
    ['adapters', ['adapters', 'ports', 'domain', 'api', 'controller', 'reconcile/effect-error.ts']],
    ['telemetry', ['telemetry', 'ports', 'api', 'controller', 'reconcile/report.ts']],
  ])('of %s point inward', (folder, allowed) => {
    expect(strangers(folder, allowed, []).filter((line) => line.endsWith('.ts'))).toEqual([]);
  });

  it('of the plugin of kubectl are of nobody else: it is a program of its own', () => {
    const users = sources.filter(
      (source) =>
        !source.path.startsWith('cli/') && importsOf(source).some((name) => name.startsWith('cli/')),
    );
    expect(under('cli').length).toBeGreaterThan(5);
    expect(users.map(({ path }) => path)).toEqual([]);
    expect(
      strangers('cli', ['cli', 'adapters', 'protection', 'ports', 'domain', 'api', 'controller'], []).filter(
        (line) => line.endsWith('.ts'),
      ),
    ).toEqual([]);
  });

  it('of one adapter are not of another', () => {
    const kinds = readdirSync(join(SRC, 'adapters'), { withFileTypes: true }).filter((e) => e.isDirectory());
    const crossing = kinds.flatMap(({ name }) =>
      // All of them speak HTTP.
      strangers(`adapters/${name}`, [`adapters/${name}`, 'adapters/http'], []).filter((line) =>
        line.includes(' → adapters/'),
      ),
    );
    expect(crossing).toEqual([]);
  });

  it('of several rooms at once are those of the composition', () => {
    const composing = sources.filter((source) => {
      const rooms = importsOf(source).map((name) => name.split('/')[0] ?? '');
      return !source.path.includes('/') && ['adapters', 'controller'].every((room) => rooms.includes(room));
    });
    expect(composing.map(({ path }) => path).sort()).toEqual([
      'artifact-protection.ts',
      'artifact-verification.ts',
      'incident-response.ts',
      'main.ts',
      'operator.ts',
      'registry-access.ts',
      'triggers.ts',
      'watches.ts',
    ]);
  });
});

describe('the domain', () => {
  it.each([
    ['reads no clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b|\bsetTimeout\b|\bsetInterval\b/],
    ['throws no dice', /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b/],
    ['waits for nobody', /\bawait\b|\basync\b|\bPromise\b/],
    ['talks to nobody', /\bfetch\(|\bprocess\.|\bconsole\./],
  ])('%s', (_, forbidden) => {
    const found = under('domain').filter((source) => forbidden.test(codeOf(source)));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe('trap 15: the fetch of Node and an agent of undici do not fit together', () => {
  it('so HTTP is spoken through undici alone', () => {
    const users = sources.filter((source) => importsOf(source).includes('undici'));
    expect(users.length).toBeGreaterThan(0);
    expect(
      sources
        .filter((source) => /(?<!async |\.)\bfetch\(|globalThis\.fetch/.test(codeOf(source)))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

describe('every file', () => {
  it('has at most 250 lines', () => {
    const long = sources.filter(({ text }) => text.trimEnd().split('\n').length > 250);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
