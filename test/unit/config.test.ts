import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELP, parseCommandLine } from '../../src/command-line.ts';
import { type Config, type Environment, loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/config-error.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
  file = join(folder, 'config.yaml');
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = (args: readonly string[] = [], environment: Environment = {}): Config =>
  loadConfig(parseCommandLine(args), environment);

const loadYaml = (yaml: string, args: readonly string[] = [], environment: Environment = {}): Config => {
  writeFileSync(file, yaml);
  return load(['--config', file, ...args], environment);
};

describe('the configuration', () => {
  it('needs nothing', () => {
    const { leaderElection, ...rest } = load();
    expect(rest).toEqual({
      watchNamespaces: [],
      logLevel: 'info',
      metricsAddress: { port: 8080 },
      workers: 16,
      gracePeriodMs: 20_000,
      verification: { publicGoodRefresh: true },
      protection: { previousClusterIds: [] },
      sources: {},
    });
    expect(leaderElection).toEqual({
      enabled: true,
      name: 'artifactrelease',
      identity: expect.stringMatching(/.+_[0-9a-f-]{36}$/),
    });
  });

  it('comes from a file, named by flag or environment', () => {
    const yaml = `
watchNamespaces: [shop]
leaderElection: {namespace: operators, name: mine, identity: me}
logLevel: debug
metricsAddress: "[::1]:9090"
workers: 4
gracePeriod: 1m
namespace: operators
verification: {publicGoodRefresh: false}
protection: {clusterId: prod1, previousClusterIds: [f81d4fae]}
sources:
  default: {url: https://mimir/prometheus/, headers: {X-Scope-OrgID: shop}}
  eu: {url: http://eu, timeout: 3s, bearerTokenFile: /token}
`;
    const expected = {
      watchNamespaces: ['shop'],
      leaderElection: { enabled: true, namespace: 'operators', name: 'mine', identity: 'me' },
      logLevel: 'debug',
      metricsAddress: { host: '::1', port: 9090 },
      workers: 4,
      gracePeriodMs: 60_000,
      namespace: 'operators',
      verification: { publicGoodRefresh: false },
      protection: { clusterId: 'prod1', previousClusterIds: ['f81d4fae'] },
      sources: {
        default: { url: 'https://mimir/prometheus', timeout: '10s', headers: { 'X-Scope-OrgID': 'shop' } },
        eu: { url: 'http://eu', timeout: '3s', headers: {}, bearerTokenFile: '/token' },
      },
    };
    expect(loadYaml(yaml)).toEqual(expected);
    expect(load([], { CONFIG: file })).toEqual(expected);
  });

  it('may be an empty file', () => {
    expect(loadYaml('# nothing yet\n').workers).toBe(16);
  });

  it('prefers the flag to the environment, and that to the file', () => {
    const yaml = 'logLevel: debug\nwatchNamespaces: [a]\nleaderElection: {namespace: file}\n';
    expect(loadYaml(yaml).logLevel).toBe('debug');
    expect(loadYaml(yaml, [], { LOG_LEVEL: 'warn' }).logLevel).toBe('warn');
    expect(loadYaml(yaml, ['--log-level', 'error'], { LOG_LEVEL: 'warn' }).logLevel).toBe('error');
    expect(loadYaml(yaml, ['--namespace', 'b', '-n', 'c']).watchNamespaces).toEqual(['b', 'c']);
    expect(loadYaml(yaml, [], { POD_NAMESPACE: 'pod' })).toMatchObject({
      namespace: 'pod',
      leaderElection: { namespace: 'pod' },
    });
  });

  it('takes the identity from the pod, and never twice the same', () => {
    const identities = [load([], { POD_NAME: 'op-1' }), load([], { POD_NAME: 'op-1' })].map(
      ({ leaderElection }) => leaderElection.identity,
    );
    expect(identities[0]).toMatch(/^op-1_/);
    expect(identities[0]).not.toBe(identities[1]);
  });

  it('replaces the whole default source by --prometheus, so that credentials do not go elsewhere', () => {
    const yaml = 'sources: {default: {url: http://a, bearerTokenFile: /token}, eu: {url: http://eu}}';
    const { sources } = loadYaml(yaml, ['--prometheus', 'http://b:9090']);
    expect(sources.default).toEqual({ url: 'http://b:9090', timeout: '10s', headers: {} });
    expect(sources.eu?.url).toBe('http://eu');
  });

  it.each([
    { address: ':0', expected: { port: 0 } },
    { address: '127.0.0.1:8081', expected: { host: '127.0.0.1', port: 8081 } },
    { address: 'localhost:65535', expected: { host: 'localhost', port: 65_535 } },
  ])('listens on $address', ({ address, expected }) => {
    expect(load(['--listen', address]).metricsAddress).toEqual(expected);
  });

  it('runs without a lease where told so', () => {
    expect(load(['--no-leader-election']).leaderElection.enabled).toBe(false);
  });

  it('is frozen all the way down', () => {
    const unfrozen = (value: unknown, path: string): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const below = Object.entries(value).flatMap(([key, part]) => unfrozen(part, `${path}.${key}`));
      return Object.isFrozen(value) ? below : [path, ...below];
    };
    const yaml = `
watchNamespaces: [a]
protection: {previousClusterIds: [prod1]}
sources:
  default: {url: http://a, headers: {A: b}, basicAuth: {username: a, passwordFile: b}, tls: {caFile: c}}
`;
    expect(unfrozen(loadYaml(yaml), 'config')).toEqual([]);
  });
});

describe('a wrong configuration', () => {
  it.each([
    { yaml: 'logLevel: loud', message: 'logLevel (--log-level or FILE): Invalid option: expected one of' },
    { yaml: 'worker: 3', message: 'the configuration (FILE): Unrecognized key: "worker"' },
    { yaml: 'workers: 0', message: 'workers (FILE): Too small' },
    { yaml: 'metricsAddress: "8080"', message: 'metricsAddress (--listen or FILE): must be host:port' },
    { yaml: 'metricsAddress: ":65536"', message: 'must be host:port' },
    { yaml: 'gracePeriod: 20', message: 'gracePeriod (FILE): Invalid input: expected string' },
    { yaml: 'gracePeriod: soon', message: 'gracePeriod (FILE): must be a duration, such as 20s' },
    {
      yaml: 'watchNamespaces: [Shop]',
      message: 'watchNamespaces.0 (--namespace or FILE): must be a Kubernetes name',
    },
    {
      yaml: 'sources: {default: {url: prom}}',
      message: 'sources.default.url (--prometheus or FILE): is not a URL',
    },
    { yaml: 'sources: []', message: 'sources (--prometheus or FILE): Invalid input' },
    { yaml: 'leaderElection: {enabled: maybe}', message: 'leaderElection.enabled (FILE): Invalid input' },
    {
      yaml: 'protection: {clusterId: Prod-1}',
      message: 'protection.clusterId (FILE): must be 4 to 16 lower-case letters and digits',
    },
    { yaml: 'protection: {clusterId: abc}', message: 'protection.clusterId (FILE): must be 4 to 16' },
    {
      yaml: 'protection: {previousClusterIds: [prod1, x]}',
      message: 'protection.previousClusterIds.1 (FILE): must be 4 to 16',
    },
    {
      yaml: 'protection: {previousClusterIds: [aaaa, bbbb, cccc, dddd, eeee]}',
      message: 'protection.previousClusterIds (FILE): Too big',
    },
    { yaml: 'protection: {cluster: prod1}', message: 'protection (FILE): Unrecognized key: "cluster"' },
    { yaml: '- a list', message: 'the configuration (FILE): Invalid input: expected object' },
    { yaml: 'logLevel: [', message: 'FILE is not YAML' },
  ])('of $yaml names the field', ({ yaml, message }) => {
    expect(() => loadYaml(yaml)).toThrow(ConfigError);
    expect(() => loadYaml(yaml)).toThrow(message.replace('FILE', file));
  });

  it('names every wrong field at once', () => {
    expect(() => loadYaml('workers: 0\nlogLevel: loud')).toThrow(/logLevel.*\n.*workers/);
  });

  it('never repeats credentials that somebody put into a url', () => {
    const url = 'https://me:hunter2@prometheus';
    expect(() => load(['--prometheus', url])).toThrow(/^(?!.*hunter2).*must not hold credentials/);
  });

  it('names a file that cannot be read', () => {
    expect(() => load(['--config', '/none.yaml'])).toThrow(
      'cannot read the configuration file /none.yaml; correct --config or CONFIG',
    );
  });
});

describe('the command line', () => {
  it.each(['--help', '-h'])('asks for help with %s', (flag) => {
    expect(parseCommandLine([flag]).help).toBe(true);
  });

  it('asks for the version', () => {
    expect(parseCommandLine(['--version'])).toMatchObject({ version: true, help: false });
  });

  it.each([
    ['--nonsense'],
    ['--config'],
    ['stray'],
    ['--help=yes'],
  ])('refuses %s and points to --help', (flag) => {
    expect(() => parseCommandLine([flag])).toThrow(ConfigError);
    expect(() => parseCommandLine([flag])).toThrow('artifactrelease --help');
  });

  it('is described by the help, flag by flag', () => {
    const flags = ['config', 'namespace', 'prometheus', 'log-level', 'listen', 'no-leader-election'];
    for (const flag of [...flags, 'help', 'version']) expect(HELP).toContain(`--${flag}`);
  });
});
