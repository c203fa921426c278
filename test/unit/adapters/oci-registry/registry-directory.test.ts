import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byRegistry, RegistryDirectory } from '../../../../src/adapters/oci-registry/registry-directory.ts';
import { ArtifactRegistry } from '../../../../src/api/artifact-registry.ts';
import type { StoredRegistry } from '../../../../src/ports/registry-configuration.ts';
import { CertificateAuthority } from '../../../support/certificates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { anImage } from '../../../support/oci-content.ts';
import { aClient, never } from '../../../support/oci-registry-client.ts';
import { ScriptedRegistry } from '../../../support/scripted-registry.ts';

const creationTimestamp = '2026-01-01T00:00:00Z';

function aRegistry(
  spec: { readonly host: string; readonly [field: string]: unknown },
  name = 'main',
  created = creationTimestamp,
): StoredRegistry {
  const metadata = { name, creationTimestamp: created };
  const value = ArtifactRegistry.parse({ metadata, spec });
  return { ...metadata, host: spec.host, understood: { valid: true, value } };
}

/** A directory of these, whose ConfigMaps hold what `read` says. */
function directoryOf(
  registries: readonly StoredRegistry[],
  read: () => Promise<string | undefined> = async () => undefined,
) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const directory = new RegistryDirectory({
    registries: () => registries,
    certificates: {
      certificates: (namespace, { name, key }) => {
        asked.push(`${namespace}/${name}/${key}`);
        return read();
      },
    },
    clock,
  });
  return { directory, asked, clock };
}

const host = 'registry.example.com';
const withConfigMap = aRegistry({ host, ca: { configMap: { namespace: 'platform', name: 'corp-ca' } } });

let authority: CertificateAuthority;
let pem: string;
beforeAll(() => {
  authority = new CertificateAuthority();
  pem = authority.ca.toString();
});
afterAll(() => authority[Symbol.dispose]());

describe('how a registry is reached', () => {
  it('is safe where nothing is said', () => {
    const { directory } = directoryOf([aRegistry({ host })]);
    for (const name of [host, 'other.example.com']) {
      expect(directory.settingsOf(name)).toEqual({ plainHttp: false, mirrors: [] });
    }
  });

  it('is all that its object says', async () => {
    const { directory, asked } = directoryOf([
      aRegistry({
        host,
        mirrors: [{ location: 'mirror.example.com/cache' }, { location: 'far.example.com', listings: true }],
        credentials: { secret: { namespace: 'platform', name: 'pull' } },
      }),
      aRegistry({ host: 'index.docker.io', plainHttp: true }, 'hub'),
    ]);
    expect(directory.settingsOf(host)).toEqual({
      plainHttp: false,
      mirrors: [
        { location: 'mirror.example.com/cache', listings: false },
        { location: 'far.example.com', listings: true },
      ],
      pullSecret: { namespace: 'platform', name: 'pull' },
    });
    expect(directory.settingsOf('docker.io')).toMatchObject({ plainHttp: true });
    expect(asked).toEqual([]);
  });

  it('is what the oldest object says, then the first by name', () => {
    const hub = { host: 'docker.io' };
    const objects = [
      aRegistry({ host: 'index.docker.io' }, 'b', '2026-01-02T00:00:00Z'),
      aRegistry(hub, 'c'),
      aRegistry(hub, 'a'),
      aRegistry({ host: 'ghcr.io' }, 'other', '2026-01-03T00:00:00Z'),
    ];
    for (const order of [objects, objects.toReversed()]) {
      const found = [...byRegistry(order)].map(([registry, { name }]) => `${registry} ${name}`);
      expect(found.sort()).toEqual(['docker.io a', 'ghcr.io other']);
    }
  });

  it('changes with its object', () => {
    const registries: StoredRegistry[] = [];
    const { directory } = directoryOf(registries);
    expect(directory.settingsOf(host).plainHttp).toBe(false);
    registries.push(aRegistry({ host, plainHttp: true }));
    directory.invalidate();
    expect(directory.settingsOf(host).plainHttp).toBe(true);
  });
});

describe('the certificates of a ConfigMap', () => {
  it('are read when they are needed, once for all, and again when they are old or the object changes', async () => {
    const { directory, asked, clock } = directoryOf([withConfigMap], async () => pem);
    const read = () => directory.settingsOf(host).ca?.(never);

    expect(await Promise.all([read(), read()])).toEqual([pem, pem]);
    await clock.advance(299_000);
    expect(await read()).toBe(pem);
    expect(asked).toEqual(['platform/corp-ca/ca.crt']);
    await clock.advance(1_000);
    await read();
    directory.invalidate();
    await read();
    expect(asked).toHaveLength(3);
  });

  it('are asked for again after a failure', async () => {
    const answers = [Promise.reject(new Error('the API server is away')), Promise.resolve(pem)];
    const { directory } = directoryOf([withConfigMap], () => answers.shift() ?? expect.unreachable());
    const read = () => directory.settingsOf(host).ca?.(never);

    await expect(read()).rejects.toThrow('cannot be read: the API server is away');
    expect(await read()).toBe(pem);
  });

  it('keep nobody waiting who has given up, and come to the others', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { directory, asked } = directoryOf([withConfigMap], () => promise);
    const giveUp = new AbortController();
    const impatient = directory.settingsOf(host).ca?.(giveUp.signal);
    const patient = directory.settingsOf(host).ca?.(never);

    giveUp.abort(new Error('too late'));
    await expect(impatient).rejects.toThrow('too late');
    resolve(pem);
    expect(await patient).toBe(pem);
    expect(asked).toHaveLength(1);
  });
});

describe('a registry whose authorities are not to be had', () => {
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  const entry = 'the entry ca.crt of the ConfigMap platform/corp-ca, which ArtifactRegistry main names,';

  it.each([
    ['missing', withConfigMap, undefined, `${entry} does not exist`],
    ['no certificates', withConfigMap, 'hello', `${entry} holds no certificate in PEM`],
    ['garbage', withConfigMap, garbage, `${entry} holds a certificate, number 1, that is not understood`],
    [
      'garbage in the object',
      aRegistry({ host, ca: { pem: 'hello' } }),
      undefined,
      'spec.ca.pem of ArtifactRegistry main holds no certificate in PEM',
    ],
    [
      'in an object that is not understood',
      {
        ...withConfigMap,
        understood: { valid: false as const, name: 'main', problem: 'spec.ca: Invalid input' },
      },
      undefined,
      'ArtifactRegistry main is not understood: spec.ca: Invalid input',
    ],
  ])('(%s) is not asked at all', async (_, registry, content, message) => {
    await using server = await ScriptedRegistry.start();
    const { digest } = anImage('checkout').manifest;
    const { directory } = directoryOf([registry], async () => content);
    // The registry of the test has a port that is not known before.
    const settings = { [server.host]: directory.settingsOf(host) };
    await using client = aClient({ settings });

    await expect(client.open(`${server.host}/shop/checkout`).manifest(digest, never)).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining(message),
    });
    expect(server.received).toHaveLength(0);
  });
});
