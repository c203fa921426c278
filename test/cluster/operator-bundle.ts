import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';
import programs, { type Program } from '../../rolldown.config.ts';
import { lock } from './lock.ts';

const built = new Map<string, Promise<string>>();

/** Builds the operator as it ships into `directory`, once for all processes that ask; resolves to its path. */
export function operatorBundle(directory: string): Promise<string> {
  const building = built.get(directory) ?? build(join(directory, 'operator'));
  built.set(directory, building);
  return building;
}

async function build(folder: string): Promise<string> {
  const held = await lock(`build/${folder}`, () => undefined);
  try {
    for (const program of programs) await buildInto(folder, program);
    return join(folder, 'main.js');
  } finally {
    await held.release();
  }
}

/** Unless it is there. Resolves to its path. */
export async function buildInto(folder: string, { output, ...input }: Program): Promise<string> {
  const file = join(folder, basename(output.file));
  if (await exists(file)) return file;
  const bundle = await rolldown(input);
  await bundle.write({ ...output, file });
  await bundle.close();
  return file;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
