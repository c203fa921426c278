import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../../rolldown.config.ts';
import { lock } from './lock.ts';

const built = new Map<string, Promise<string>>();

/** Builds the operator as it ships into `directory`, once for all processes that ask; resolves to its path. */
export function operatorBundle(directory: string): Promise<string> {
  const building = built.get(directory) ?? build(join(directory, 'operator', 'main.js'));
  built.set(directory, building);
  return building;
}

async function build(file: string): Promise<string> {
  const held = await lock(`build/${file}`, () => undefined);
  try {
    if (await exists(file)) return file;
    const { output, ...input } = config;
    const bundle = await rolldown(input);
    await bundle.write({ ...output, file });
    await bundle.close();
    return file;
  } finally {
    await held.release();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
