import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findInPath, isExecutable, kubernetesFromAssets } from './installed-tools.ts';
import { lock } from './lock.ts';
import { SupervisedProcess } from './processes.ts';
import type { OnProgress } from './progress.ts';
import { sleep } from './time.ts';
import { TOOLS, type Tool, type ToolName } from './tools.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, 'tools');
const REPORT_INTERVAL_MS = 1000;

/**
 * The paths of the tools' executables: what their environment variables name, else what the machine has in a version
 * that fits, else built once and kept.
 */
export async function findBinaries<Name extends ToolName>(
  names: readonly Name[],
  onProgress: OnProgress,
): Promise<Readonly<Record<Name, string>>> {
  const paths: Partial<Record<Name, string>> = {};
  // One after the other: each build takes all processors by itself.
  for (const name of names) paths[name] = await findBinary(name, onProgress);
  return paths as Record<Name, string>;
}

async function findBinary(name: ToolName, onProgress: OnProgress): Promise<string> {
  const tool = TOOLS[name];
  const given = process.env[tool.variable];
  if (given) {
    if (!(await isExecutable(given))) throw new Error(`${tool.variable}=${given} is not an executable file`);
    return given;
  }
  const installed = await findInstalled(name, onProgress);
  if (installed !== undefined) return installed;
  const key = `${name}-${await buildKey(name, tool)}`;
  const path = join(cacheFolder(), key);
  if (await isExecutable(path)) return path;

  const held = await lock(`build/${key}`, () => onProgress(`${name}: another process is building it`));
  try {
    if (!(await isExecutable(path))) await build(name, tool, path, onProgress);
  } finally {
    await held.release();
  }
  return path;
}

async function findInstalled(name: ToolName, onProgress: OnProgress): Promise<string | undefined> {
  if (name === 'controlplane') {
    return await kubernetesFromAssets(join(cacheFolder(), 'controlplane-of-assets'), onProgress);
  }
  const { installed } = TOOLS[name];
  return installed && (await findInPath(installed));
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'artifactrelease');
}

/** Changes with everything that decides the bytes of the binary. */
async function buildKey(name: ToolName, tool: Tool): Promise<string> {
  const hash = createHash('sha256');
  const folder = join(MODULES, tool.module);
  const files = await readdir(folder, { recursive: true });
  const sources = files.filter((file) => /(^|\/)go\.(mod|sum)$|\.go$/.test(file)).sort();
  for (const file of sources) hash.update(file).update(await readFile(join(folder, file)));
  hash.update(JSON.stringify([tool.package, tool.buildFlags]));
  hash.update(await go(name, tool, ['env', 'GOVERSION', 'GOOS', 'GOARCH']));
  return hash.digest('hex').slice(0, 16);
}

async function go(name: ToolName, tool: Tool, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('go', args, {
      cwd: join(MODULES, tool.module),
      env: buildEnvironment(),
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw isMissing(error) ? goIsMissing(name, tool) : error;
  }
}

/** In a folder of its own first: a binary under its own name is always whole. The caller holds the lock. */
async function build(name: ToolName, tool: Tool, path: string, onProgress: OnProgress): Promise<void> {
  const folder = `${path}.building`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    onProgress(`building ${name}: fetching its modules`);
    const packages = await go(name, tool, ['list', '-deps', ...tagsOf(tool), tool.package]);
    await compile(name, tool, folder, packages.trimEnd().split('\n').length, onProgress);
    await rename(join(folder, name), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compile(
  name: ToolName,
  tool: Tool,
  folder: string,
  total: number,
  onProgress: OnProgress,
): Promise<void> {
  const startedAt = Date.now();
  const compiler = new SupervisedProcess({
    name: `go build of ${name}`,
    command: 'go',
    args: ['build', '-v', ...tool.buildFlags, '-o', join(folder, name), tool.package],
    cwd: join(MODULES, tool.module),
    env: buildEnvironment(),
    logFile: join(folder, 'build.log'),
  });
  const report = async () => {
    const compiled = (await readFile(compiler.logFile, 'utf8')).split('\n').length - 1;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    // Packages that are in Go's own cache are not announced, so the count may stay below the total.
    onProgress(`building ${name}: ${compiled} of at most ${total} packages, ${seconds} s`);
  };
  const finished = new AbortController();
  const reporting = repeat(report, REPORT_INTERVAL_MS, finished.signal);
  const { code } = await compiler.exited;
  finished.abort();
  await reporting;
  if (code !== 0) throw await compiler.failure('failed');
}

async function repeat(action: () => Promise<void>, intervalMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await action();
    await sleep(intervalMs, signal);
  }
}

function tagsOf(tool: Tool): readonly string[] {
  const index = tool.buildFlags.indexOf('-tags');
  return index < 0 ? [] : tool.buildFlags.slice(index, index + 2);
}

function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0' };
}

function goIsMissing(name: ToolName, tool: Tool): Error {
  return new Error(
    `${name} has to be built once and that needs Go (https://go.dev/dl) in the PATH; ` +
      `or let ${tool.variable} name an executable`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
