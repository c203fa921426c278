import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { lock } from './lock.ts';
import type { OnProgress } from './progress.ts';
import { TOOLS, type Tool, type ToolName } from './tools.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, 'tools');
const BUILD_LOG_LINES = 30;

/** The path of a tool's executable: the one that its environment variable names, else built once and kept. */
export async function findBinary(name: ToolName, onProgress: OnProgress): Promise<string> {
  const tool = TOOLS[name];
  const given = process.env[tool.variable];
  if (given) {
    if (!(await isExecutable(given))) throw new Error(`${tool.variable}=${given} is not an executable file`);
    return given;
  }
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

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'artifactrelease');
}

/** Changes with everything that decides the bytes of the binary. */
async function buildKey(name: ToolName, tool: Tool): Promise<string> {
  const hash = createHash('sha256');
  const folder = join(MODULES, tool.module);
  const sources = (await readdir(folder)).filter((file) => /^go\.(mod|sum)$|\.go$/.test(file)).sort();
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

/** Into a temporary name first: a binary under its own name is always whole. */
async function build(name: ToolName, tool: Tool, path: string, onProgress: OnProgress): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  onProgress(`building ${name}: fetching its modules`);
  const total =
    (await go(name, tool, ['list', '-deps', ...tagsOf(tool), tool.package])).split('\n').length - 1;
  const unfinished = `${path}.${process.pid}`;
  try {
    await compile(name, tool, unfinished, total, onProgress);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function compile(name: ToolName, tool: Tool, output: string, total: number, onProgress: OnProgress) {
  const startedAt = Date.now();
  const args = ['build', '-v', ...tool.buildFlags, '-o', output, tool.package];
  const compiler = spawn('go', args, {
    cwd: join(MODULES, tool.module),
    env: buildEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let compiled = 0;
  const log: string[] = [];
  const report = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    // Packages in the compiler's own cache are not announced, so the count may stay below the total.
    onProgress(`building ${name}: ${compiled} of at most ${total} packages compiled, ${seconds} s`);
  };
  const lines = createInterface({ input: compiler.stderr });
  lines.on('line', (line) => {
    log.push(line);
    if (log.length > BUILD_LOG_LINES) log.shift();
    if (/^[\w.~/-]+$/.test(line)) compiled += 1;
  });
  const timer = setInterval(report, 1000);
  try {
    report();
    const [code] = await once(compiler, 'close');
    if (code !== 0) throw new Error(`go ${args.join(' ')} failed:\n${log.join('\n')}`);
  } finally {
    clearInterval(timer);
    compiler.kill();
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

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
