import { describe, expect, it } from 'vitest';
import { findCredentials, parseDockerConfig } from '../../../../src/adapters/oci-registry/docker-config.ts';
import { login } from '../../../support/oci-registry-client.ts';

const parse = (config: unknown) =>
  parseDockerConfig({ format: 'dockerconfigjson', json: JSON.stringify(config) }, 'Secret shop/regcred');

/** The names of the users that are tried for a repository, in order. */
function usersFor(repository: string, keys: readonly string[]): readonly string[] {
  const auths = Object.fromEntries(keys.map((key) => [key, { username: key, password: 'p' }]));
  return findCredentials(parse({ auths }).entries, repository).map((credential) =>
    credential.kind === 'basic' ? credential.username : credential.kind,
  );
}

describe('an entry is for a repository as the kubelet has it', () => {
  it.each([
    { key: 'registry.example.com', repository: 'registry.example.com/shop/checkout' },
    { key: 'https://registry.example.com', repository: 'registry.example.com/shop/checkout' },
    { key: 'http://registry.example.com/', repository: 'registry.example.com/shop/checkout' },
    { key: 'https://registry.example.com/v1/', repository: 'registry.example.com/shop/checkout' },
    { key: 'registry.example.com/v2/', repository: 'registry.example.com/shop/checkout' },
    { key: 'registry.example.com/shop', repository: 'registry.example.com/shop/checkout' },
    { key: 'registry.example.com/shop/checkout', repository: 'registry.example.com/shop/checkout' },
    { key: 'registry.example.com/sh', repository: 'registry.example.com/shop/checkout' },
    { key: 'registry.example.com:5000', repository: 'registry.example.com:5000/shop' },
    { key: '*.example.com', repository: 'registry.example.com/shop' },
    { key: '*.*.com', repository: 'registry.example.com/shop' },
    { key: 'reg*.example.com', repository: 'registry.example.com/shop' },
    { key: 'registr?.example.com', repository: 'registry.example.com/shop' },
    { key: 'registry[0-9].example.com', repository: 'registry7.example.com/shop' },
    { key: 'https://index.docker.io/v1/', repository: 'docker.io/library/nginx' },
    { key: 'docker.io', repository: 'docker.io/library/nginx' },
  ])('$key for $repository', ({ key, repository }) => {
    expect(usersFor(repository, [key])).toEqual([key]);
  });

  it.each([
    { key: 'example.com', repository: 'registry.example.com/shop' },
    { key: '*.com', repository: 'registry.example.com/shop' },
    { key: '*.registry.example.com', repository: 'registry.example.com/shop' },
    { key: 'registry.example.com', repository: 'registry.example.com:5000/shop' },
    { key: 'registry.example.com:5000', repository: 'registry.example.com/shop' },
    { key: 'registry.example.com:*', repository: 'registry.example.com:5000/shop' },
    { key: 'registry.example.com/*', repository: 'registry.example.com/shop' },
    { key: 'registry.example.com/other', repository: 'registry.example.com/shop' },
    { key: 'registry.example.com/shop/checkout', repository: 'registry.example.com/shop' },
    { key: 'registry[^a-z].example.com', repository: 'registrya.example.com/shop' },
    { key: 'registry[', repository: 'registry[/shop' },
    { key: 'https://index.docker.io/v1/', repository: 'ghcr.io/library/nginx' },
    { key: 'registry.example.com.evil.test', repository: 'registry.example.com/shop' },
  ])('$key not for $repository', ({ key, repository }) => {
    expect(usersFor(repository, [key])).toEqual([]);
  });

  it('the longest path first, exact hosts before globs', () => {
    const keys = [
      '*.example.com/shop',
      'r.example.com',
      'r.example.com/shop/checkout',
      'r.example.com/shop',
      '*.example.com',
    ];
    expect(usersFor('r.example.com/shop/checkout', keys)).toEqual([
      'r.example.com/shop/checkout',
      'r.example.com/shop',
      'r.example.com',
      '*.example.com/shop',
      '*.example.com',
    ]);
  });

  it('Docker Hub’s own key only where nothing else is', () => {
    const hub = 'https://index.docker.io/v1/';
    expect(usersFor('docker.io/shop/app', [hub, 'docker.io'])).toEqual(['docker.io']);
    expect(usersFor('docker.io/shop/app', [hub, 'ghcr.io'])).toEqual([hub]);
  });
});

describe('the credentials of an entry', () => {
  const credentialOf = (entry: object) => parse({ auths: { 'r.example.com': entry } }).entries[0]?.credential;
  const origin = 'Secret shop/regcred';

  it.each([
    { entry: login('a', 'p:w:d'), credential: { kind: 'basic', username: 'a', password: 'p:w:d' } },
    { entry: { username: 'a', password: 'b' }, credential: { kind: 'basic', username: 'a', password: 'b' } },
    {
      entry: { ...login('a', 'b'), username: 'x', password: 'y' },
      credential: { kind: 'basic', username: 'a', password: 'b' },
    },
    { entry: login('a', ''), credential: { kind: 'basic', username: 'a', password: '' } },
    {
      entry: { ...login('<token>', ''), identitytoken: 't' },
      credential: { kind: 'identityToken', token: 't' },
    },
    { entry: { registrytoken: 't', identitytoken: 'i' }, credential: { kind: 'registryToken', token: 't' } },
    { entry: { auth: 'dTpw\u0000' }, credential: { kind: 'basic', username: 'u', password: 'p' } },
  ])('$entry are $credential', ({ credential, entry }) => {
    expect(credentialOf(entry)).toEqual({ ...credential, origin });
  });

  it.each([
    {},
    { auth: '' },
    { auth: 'bm9jb2xvbg==' },
    { auth: '%%%' },
    { email: 'a@example.com' },
  ])('%o are none, and one broken entry does not take the others with it', (entry) => {
    const parsed = parse({ auths: { 'broken.example.com': entry, 'r.example.com': login('a', 'b') } });
    expect(parsed.entries.map(({ key }) => key)).toEqual(['r.example.com']);
    expect(parsed.problems).toEqual([
      'Secret shop/regcred has no usable credentials for "broken.example.com"',
    ]);
  });

  it.each(['', 'null', '[]', '{}', '{"auths":{"a":"hunter2"}}', '{"auths":[]}'])('%s holds none', (json) => {
    const parsed = parseDockerConfig({ format: 'dockerconfigjson', json }, origin);
    expect(parsed).toEqual({ entries: [], problems: ['Secret shop/regcred is not a Docker configuration'] });
  });

  it('in the older format stand by themselves', () => {
    const json = JSON.stringify({ 'r.example.com': login('a', 'b') });
    expect(parseDockerConfig({ format: 'dockercfg', json }, origin).entries).toHaveLength(1);
  });
});
