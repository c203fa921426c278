import { join } from 'node:path';
import { stringify } from 'yaml';
import { kubectl, kubectlWith } from './kubectl.ts';

const config = join(import.meta.dirname, '../../config');

/** Installs folders of config/, for example `crd`. What is there already stays as it is. */
export async function install(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await kubectl('apply', '--server-side', '-k', join(config, folder));
  const kinds = ['artifactreleases', 'artifactregistries', 'artifactrevocations'].map(
    (plural) => `crd/${plural}.artifactrelease.dev`,
  );
  await kubectl('wait', '--for=condition=Established', ...kinds);
}

/** `kubectl <verb> -f -`. */
export async function send(verb: string, object: object, ...flags: readonly string[]): Promise<string> {
  return await kubectlWith(stringify(object, { aliasDuplicateObjects: false }), verb, '-f', '-', ...flags);
}

/** The type is a claim about the answer, not a check. */
export async function read<T>(namespace: string, kind: string, name: string): Promise<T> {
  return JSON.parse(await kubectl('get', kind, name, '-n', namespace, '-o', 'json'));
}
