import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findInPath, kubernetesFromAssets } from '../../cluster/installed-tools.ts';
import { TOOLS } from '../../cluster/tools.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'installed-tools-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function program(path: string, prints: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${prints}" "$@"\n`);
  await chmod(path, 0o755);
}

describe('a tool in the PATH', () => {
  const search = (...names: string[]) =>
    vi.stubEnv('PATH', [...names.map((name) => join(folder, name)), '/usr/bin', '/bin'].join(delimiter));
  const { installed } = TOOLS.registry;

  it.each([
    ['registry github.com/distribution/distribution/v3 v3.1.2', true],
    ['registry github.com/distribution/distribution/v3 3.0.0', true],
    ['registry github.com/docker/distribution v2.8.3', false],
    ['npm registry manager 3.0.0', false],
  ])('that says %s is taken: %s', async (version, taken) => {
    await program(join(folder, 'a/registry'), version);
    search('a');
    expect(installed && (await findInPath(installed))).toBe(taken ? join(folder, 'a/registry') : undefined);
  });

  it('may have one of several names, of which the first that fits is taken', async () => {
    const { installed: earlier } = TOOLS['registry-2.8'];
    await program(join(folder, 'a/registry'), 'registry github.com/docker/distribution v2.8.3');
    search('a');
    expect(earlier && (await findInPath(earlier))).toBe(join(folder, 'a/registry'));
    await program(
      join(folder, 'a/docker-registry'),
      'docker-registry github.com/docker/distribution 2.8.2+ds1',
    );
    expect(earlier && (await findInPath(earlier))).toBe(join(folder, 'a/docker-registry'));
    await program(join(folder, 'a/docker-registry'), 'docker-registry 2.7.1');
    expect(earlier && (await findInPath(earlier))).toBe(join(folder, 'a/registry'));
  });

  it('is the first one: what would run is what is looked at', async () => {
    await program(join(folder, 'a/prometheus'), 'prometheus, version 2.53.0');
    await program(join(folder, 'b/prometheus'), 'prometheus, version 3.5.0');
    search('a', 'b');
    const { installed: prometheus } = TOOLS.prometheus;
    expect(prometheus && (await findInPath(prometheus))).toBeUndefined();
    search('b', 'a');
    expect(prometheus && (await findInPath(prometheus))).toBe(join(folder, 'b/prometheus'));
  });
});

describe('KUBEBUILDER_ASSETS', () => {
  const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
  const find = async () => {
    const said: string[] = [];
    const path = await kubernetesFromAssets(join(folder, 'cache/kubernetes'), (line) => said.push(line));
    return { path, said };
  };
  const assets = async (names: readonly string[], version = 'Kubernetes v1.37.2') => {
    const path = join(folder, "the assets' folder");
    for (const name of names) await program(join(path, name), name === 'kube-apiserver' ? version : name);
    vi.stubEnv('KUBEBUILDER_ASSETS', path);
  };

  it('with every component is one executable', async () => {
    await assets(components);
    const { path = '', said } = await find();
    const { stdout } = await promisify(execFile)(path, ['kubectl', 'get', 'two words']);
    expect(stdout).toBe('kubectl get two words\n');
    expect(said).toEqual([]);
  });

  it('as setup-envtest fills it is not enough, and one line says why', async () => {
    await assets(['etcd', 'kube-apiserver', 'kubectl']);
    const { path, said } = await find();
    expect(path).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/is not used: it has no kube-controller-manager, no kube-scheduler$/),
    ]);
  });

  it('of an older Kubernetes is not used', async () => {
    await assets(components, 'Kubernetes v1.33.0');
    const { path, said } = await find();
    expect(path).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('Kubernetes v1.33.0 --version is older than v1.37')]);
  });

  it('that is not set is not missed', async () => {
    vi.stubEnv('KUBEBUILDER_ASSETS', '');
    expect(await find()).toEqual({ path: undefined, said: [] });
  });
});
