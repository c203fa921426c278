import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import programs from '../../../rolldown.config.ts';
import { buildInto } from '../../cluster/operator-bundle.ts';
import { anImage } from '../../support/oci-content.ts';
import { answering, aProtectedDocument } from '../../support/protected-document.ts';
import { ScriptedApiServer } from '../../support/scripted-api-server.ts';
import { ScriptedRegistry } from '../../support/scripted-registry.ts';

let folder: string;
let plugin: string;

beforeAll(async () => {
  // Outside of the project, so that there is no node_modules to fall back on.
  folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  const program = programs.find(({ output }) => output.file === 'dist/kubectl-artifactrelease.js');
  plugin = await buildInto(folder, program ?? expect.unreachable());
  return () => rm(folder, { recursive: true });
});

const start = (...args: readonly string[]) =>
  spawn(process.execPath, [plugin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

describe('the plugin as it ships', () => {
  it('needs no package', async () => {
    const child = start('retention-policy', '--registry', 'zot');

    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ patterns: [expect.any(String)] });
  });

  it('can be run by kubectl, which looks for a program of this name', async () => {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8'));

    expect(manifest.bin['kubectl-artifactrelease']).toBe('./dist/kubectl-artifactrelease.js');
    expect(await readFile(plugin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('passes on that it has to end, and still looks at what the command has left', async () => {
    await using registry = await ScriptedRegistry.start();
    const { config, manifest } = anImage('checkout');
    registry.put(config, manifest);
    const needed = {
      ...{
        repository: `${registry.host}/shop/checkout`,
        digest: manifest.digest,
        members: [manifest.digest],
      },
      ...{ roles: ['Stable' as const], releases: ['shop/checkout'], reason: 'Protected' as const },
    };
    await using operator = await ScriptedApiServer.start(
      answering(() => aProtectedDocument({ digests: [needed] })),
    );
    const waiting =
      "process.on('SIGTERM', () => process.exit(5)); console.log('waiting'); setInterval(() => 0, 1000)";
    const clusters = ['--from', operator.access.server, '--plain-http', registry.host];
    const child = start('gc-guard', ...clusters, '--', process.execPath, '-e', waiting);
    onTestFinished(() => void child.kill('SIGKILL'));
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    await once(child.stdout, 'data');

    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');

    expect(code).toBe(1);
    await vi.waitFor(() => expect(told).toContain('it ended with exit code 5'));
    expect(told).toContain('reading 1 manifests again');
  });
});
