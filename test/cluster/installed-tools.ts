// Tools that are on the machine already, so that nothing has to be built.

import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { OnProgress } from './progress.ts';

const VERSION_TIMEOUT_MS = 10_000;
const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
/** Of Kubernetes: the first with MutatingAdmissionPolicy v1 that this project is tested with. */
const OLDEST_MINOR = 37;

/** An executable of another's making: its name in the PATH, and what `--version` prints where the version fits. */
export interface InstalledTool {
  readonly command: string;
  readonly version: RegExp;
}

/** The first of them whose first executable in the PATH has a version that fits; another one of the same name is none of ours. */
export async function findInPath(tools: readonly InstalledTool[]): Promise<string | undefined> {
  for (const { command, version } of tools) {
    const path = await firstInPath(command);
    if (path !== undefined && version.test(await versionOf(path))) return path;
  }
  return undefined;
}

async function firstInPath(command: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = resolve(folder, command);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/**
 * One executable out of the folder that KUBEBUILDER_ASSETS names, written to `scriptPath`: its first argument names
 * the component. Undefined without that variable, and with a line that says why where the folder is not enough;
 * setup-envtest, for one, brings neither a controller manager nor a scheduler, and without them no pod ever starts.
 */
export async function kubernetesFromAssets(
  scriptPath: string,
  onProgress: OnProgress,
): Promise<string | undefined> {
  const folder = process.env.KUBEBUILDER_ASSETS;
  if (!folder) return undefined;
  const reason = await whyNot(folder);
  if (reason !== undefined) {
    onProgress(`KUBEBUILDER_ASSETS=${folder} is not used: ${reason}`);
    return undefined;
  }
  const quoted = `'${resolve(folder).replaceAll("'", "'\\''")}'`;
  // Under another name first: whoever finds it under its own name finds all of it.
  const draft = `${scriptPath}.${process.pid}`;
  await mkdir(join(scriptPath, '..'), { recursive: true });
  await writeFile(draft, `#!/bin/sh\ncomponent="$1"\nshift\nexec ${quoted}/"$component" "$@"\n`);
  await chmod(draft, 0o755);
  await rename(draft, scriptPath);
  return scriptPath;
}

async function whyNot(folder: string): Promise<string | undefined> {
  const found = await Promise.all(COMPONENTS.map((name) => isExecutable(join(folder, name))));
  const missing = COMPONENTS.filter((_, index) => !found[index]);
  if (missing.length > 0) return `it has no ${missing.join(', no ')}`;
  const version = await versionOf(join(folder, 'kube-apiserver'));
  const minor = Number(/v1\.(\d+)\./.exec(version)?.[1] ?? 0);
  return minor < OLDEST_MINOR ? `${version.trim()} is older than v1.${OLDEST_MINOR}` : undefined;
}

/** What it prints, on either stream; nothing at all if it cannot be run. */
async function versionOf(path: string): Promise<string> {
  return await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => '',
  );
}

export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
