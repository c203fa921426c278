import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ProtectedDocument } from '../../../src/cli/protected-document.ts';
import { type Ran, runCli } from '../../support/cli.ts';
import {
  anImage,
  anIndex,
  aReferrer,
  type Content,
  content,
  descriptorOf,
  MANIFEST,
} from '../../support/oci-content.ts';
import { answering, aProtectedDocument } from '../../support/protected-document.ts';
import { ScriptedApiServer } from '../../support/scripted-api-server.ts';
import { error, ScriptedRegistry } from '../../support/scripted-registry.ts';

const image = anImage('checkout');
const index = anIndex([image.manifest]);
const signature = aReferrer(index, 'signature');
const members = [image.manifest, index, signature.manifest].map(({ digest }) => digest);

let folder: string;
let registry: ScriptedRegistry;
/** Written by the command, so that the test sees that it ran, and with what. */
let trace: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gc-guard-test-'));
  trace = join(folder, 'trace');
  registry = await ScriptedRegistry.start();
  registry.put(image.config, image.manifest, index, signature.config, signature.layer, signature.manifest);
  return async () => {
    await registry[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
});

const repository = () => `${registry.host}/shop/checkout`;

/** A cluster whose release needs the index, with everything that belongs to it. */
const needing = (changes: Partial<ProtectedDocument> = {}): ProtectedDocument =>
  aProtectedDocument({
    digests: [
      {
        ...{ repository: repository(), digest: index.digest, members: [...members] },
        ...{ roles: ['Stable'], releases: ['shop/checkout'], reason: 'Protected' },
      },
    ],
    ...changes,
  });

/** The URL of an operator that answers so. */
async function operator(document: () => unknown, status?: number): Promise<string> {
  const server = await ScriptedApiServer.start(answering(document, status));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.access.server;
}

/** Leaves the list that it was given as its trace, then ends with `code`. */
const command = (code = 0): readonly string[] => [
  ...['sh', '-c', `cp "$ARTIFACTRELEASE_PROTECTED" "$0" && exit ${code}`],
  trace,
];

async function guard(from: readonly string[], ...rest: readonly string[]): Promise<Ran & { ran: boolean }> {
  const flags = from.flatMap((one) => ['--from', one]);
  const program = rest.includes('--') ? rest : [...rest, '--', ...command()];
  const ended = await runCli(['gc-guard', ...flags, '--plain-http', registry.host, ...program]);
  return { ...ended, ran: existsSync(trace) };
}

/** What the command deletes: it is there before, and not after. */
function collects(...lost: readonly Content[]): void {
  registry.quirk = ({ path }) =>
    existsSync(trace) && lost.some(({ digest }) => path.endsWith(digest))
      ? error(404, 'UNKNOWN', 'unknown')
      : undefined;
}

describe('gc-guard runs the command', () => {
  it('when everything that is protected is there, and is content when it still is afterwards', async () => {
    const { exit, ran, told } = await guard([await operator(needing)]);

    expect({ exit, ran }).toEqual({ exit: 0, ran: true });
    expect(told).toContain('owner 1a2b3c4d, 1 digests');
    expect(told).toContain('all 3 manifests are there, with their blobs');
  });

  it('with a file that names everything that is protected, and takes it away afterwards', async () => {
    await guard([await operator(needing)]);

    const lines = (await readFile(trace, 'utf8')).trimEnd().split('\n');
    expect(lines).toEqual(members.map((digest) => `${repository()}@${digest}`).sort());
  });

  it('and leaves the list where it is told to', async () => {
    const list = join(folder, 'list');

    await guard([await operator(needing)], '--list', list);

    expect(await readFile(list, 'utf8')).toBe(await readFile(trace, 'utf8'));
  });

  it('by the lists of all clusters together', async () => {
    const other = anImage('other');
    registry.put(other.config, other.manifest);
    const digests = [{ ...needing().digests[0], digest: other.manifest.digest, members: [] }];
    const two = [
      await operator(needing),
      await operator(() => ({ ...needing(), owner: 'staging1', digests })),
    ];

    const { exit } = await guard(two);

    expect(exit).toBe(0);
    expect(await readFile(trace, 'utf8')).toContain(other.manifest.digest);
  });

  it('and reads the manifests after it once more', async () => {
    await guard([await operator(needing)]);

    const reads = registry.requests.filter((one) => one === `GET manifests/${index.digest}`);
    expect(reads).toHaveLength(2);
  });

  it('with the credentials of docker login', async () => {
    registry.protection = { scheme: 'basic', users: { ci: 'secret' } };
    const auth = Buffer.from('ci:secret').toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const from = ['--from', await operator(needing), '--plain-http', registry.host];

    const { exit } = await runCli(['gc-guard', ...from, '--', ...command()], { DOCKER_CONFIG: folder });

    expect(exit).toBe(0);
  });

  it('and does not miss layers that no registry has to have', async () => {
    const layer = content('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', { windows: true });
    const layers = [descriptorOf(layer)];
    const windows = content(MANIFEST, { schemaVersion: 2, config: descriptorOf(image.config), layers });
    registry.put(windows);
    const digests = [{ ...needing().digests[0], digest: windows.digest, members: [windows.digest] }];

    expect(await guard([await operator(() => ({ ...needing(), digests }))])).toMatchObject({ exit: 0 });
  });
});

describe('gc-guard runs nothing and ends with 3', () => {
  it('when a cluster cannot be reached, whatever the others say', async () => {
    const { exit, ran, told } = await guard([await operator(needing), 'http://127.0.0.1:9']);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain('http://127.0.0.1:9: what it protects is not known');
  });

  it('when nothing is protected at all, since the command may go by the list', async () => {
    const { exit, ran, told } = await guard([await operator(() => needing({ digests: [] }))]);
    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain('nothing is protected');
  });

  it('when an operator is not ready', async () => {
    const notReady = await operator(() => ({ reason: 'NotReady', message: 'caches are being filled' }), 503);

    const { exit, ran, told } = await guard([notReady]);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain('caches are being filled');
  });

  it.each([
    ['does not know everything', { complete: false, missing: ['shop/cart is not understood'] }, 'shop/cart'],
    ['knows what it is missing and says that it is complete', { missing: ['shop/cart'] }, 'shop/cart'],
    ['knew it 11 minutes ago', { generatedAt: minutesAgo(11) }, '--max-age is 10m00s'],
    ['has a clock that is ahead, so that its age is not known', { generatedAt: minutesAgo(-5) }, 'clocks'],
  ])('when an operator %s', async (_, changes, why) => {
    const { exit, ran, told } = await guard([await operator(() => needing(changes))]);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain('refused');
    expect(told).toContain(why);
  });

  it('when a list is older than it is told to accept, and not when it is younger', async () => {
    const old = await operator(() => needing({ generatedAt: minutesAgo(2) }));

    expect(await guard([old], '--max-age', '90s')).toMatchObject({ exit: 3, ran: false });
    expect(await guard([old], '--max-age', '1h')).toMatchObject({ exit: 0, ran: true });
  });

  it('when two clusters are the same owner, or one is named twice', async () => {
    const two = [await operator(needing), await operator(needing)];

    const { exit, ran, told } = await guard(two);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain(`${two.join(' and ')}: both are the owner 1a2b3c4d`);
  });

  it('says everything that stands in the way at once', async () => {
    const { told } = await guard([
      'http://127.0.0.1:9',
      await operator(() => needing({ complete: false, missing: ['caches'], generatedAt: minutesAgo(60) })),
    ]);

    expect(told.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(3);
  });

  it('when something protected is missing already, since it could not be put back afterwards', async () => {
    registry.quirk = ({ path }) =>
      path.endsWith(image.manifest.digest) ? error(404, 'MANIFEST_UNKNOWN', 'unknown') : undefined;

    const { exit, ran, told } = await guard([await operator(needing)]);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
    expect(told).toContain(`${repository()}@${image.manifest.digest} (shop/checkout)`);
  });

  it('when the registry does not say whether it is there', async () => {
    registry.protection = { scheme: 'basic', users: { ci: 'secret' } };

    const { exit, ran } = await guard([await operator(needing)]);

    expect({ exit, ran }).toEqual({ exit: 3, ran: false });
  });
});

describe('gc-guard ends with 1', () => {
  it.each([
    ['a manifest', image.manifest],
    ['a signature', signature.manifest],
  ])('when the command has deleted %s that is protected', async (_, lost) => {
    collects(lost);

    const { exit, told } = await guard([await operator(needing)]);

    expect(exit).toBe(1);
    expect(told).toContain(`lost: ${repository()}@${lost.digest} (shop/checkout)`);
    expect(told).toContain('1 of 3 manifests are not as they were before');
  });

  it('when the command has deleted a layer, although every manifest is there', async () => {
    collects(signature.layer);

    const { exit, told } = await guard([await operator(needing)]);

    expect(exit).toBe(1);
    expect(told).toContain(`its blobs are missing: ${signature.layer.digest}`);
  });

  it('when a layer is still listed and its first byte never comes', async () => {
    registry.quirk = ({ path }) =>
      existsSync(trace) && path.endsWith(image.config.digest) ? 'reset' : undefined;

    expect(await guard([await operator(needing)])).toMatchObject({ exit: 1 });
  });

  it('when a manifest has other bytes afterwards, whatever the headers say', async () => {
    registry.quirk = ({ path }) =>
      existsSync(trace) && path.endsWith(index.digest)
        ? { status: 200, headers: { 'docker-content-digest': index.digest }, body: '{"schemaVersion":2}' }
        : undefined;

    const { exit, told } = await guard([await operator(needing)]);

    expect(exit).toBe(1);
    expect(told).toContain(`lost: ${repository()}@${index.digest}`);
  });

  it('when the command fails, with its exit code, and looks all the same', async () => {
    collects(image.manifest);

    const { exit, told } = await guard([await operator(needing)], '--', ...command(7));

    expect(exit).toBe(1);
    expect(told).toContain('it ended with exit code 7');
    expect(told).toContain('lost: ');
  });

  it('when the command cannot be started', async () => {
    const { exit, told } = await guard(
      [await operator(needing)],
      '--',
      '/no/such/registry',
      'garbage-collect',
    );

    expect(exit).toBe(1);
    expect(told).toContain('/no/such/registry cannot be started');
  });

  it('when the Docker configuration is none, before anything is run', async () => {
    await writeFile(join(folder, 'config.json'), 'not JSON');
    const from = ['--from', await operator(needing)];

    const { exit, told } = await runCli(['gc-guard', ...from, '--', ...command()], { DOCKER_CONFIG: folder });

    expect({ exit, ran: existsSync(trace) }).toEqual({ exit: 1, ran: false });
    expect(told).toContain('config.json is not a Docker configuration');
  });
});

function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}
