import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../src/adapters/oci-registry/challenge.ts';
import { findCredentials, parseDockerConfig } from '../../src/adapters/oci-registry/docker-config.ts';
import { matchesGlob } from '../../src/adapters/oci-registry/host-glob.ts';
import { nextPage } from '../../src/adapters/oci-registry/next-page.ts';
import { isNotFound, RegistryError } from '../../src/ports/registry-error.ts';

const aToken = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
/** Whatever may stand between quotes, commas and equals signs and quotes too. */
const aValue = fc.string({ unit: fc.constantFrom(...'ab:/,= "\\;<>'), maxLength: 20 });
const aChallenge = fc.record({
  scheme: aToken,
  parameters: fc.uniqueArray(fc.tuple(aToken, aValue), {
    selector: ([name]) => name.toLowerCase(),
    maxLength: 4,
  }),
});
const quoted = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

describe('WWW-Authenticate', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(aChallenge, { maxLength: 3 }), (challenges) => {
        const header = challenges
          .map(({ parameters, scheme }) =>
            `${scheme} ${parameters.map(([name, value]) => `${name}=${quoted(value)}`).join(', ')}`.trim(),
          )
          .join(', ');
        const read = parseChallenges(header).map(({ parameters, scheme }) => [scheme, ...parameters]);
        expect(read).toEqual(
          challenges.map(({ parameters, scheme }) => [
            scheme.toLowerCase(),
            ...parameters.map(([name, value]) => [name.toLowerCase(), value]),
          ]),
        );
      }),
    );
  });

  it('of any content ends, in time that grows with its length alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a=", \\B'), maxLength: 500 }), (header) => {
        parseChallenges(header);
      }),
    );
    const startedAt = performance.now();
    for (const piece of ['a', 'a ', 'a=', 'a="', '"\\', ', ', 'a=b,', 'a ='])
      parseChallenges(piece.repeat(8_000));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('Link', () => {
  const url = new URL('https://registry.example.com/v2/a/tags/list');

  it('leads to the same host, or nowhere', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      ';',
      ' rel=',
      '"',
      'next',
      'prev',
      ',',
      '//evil.test/',
      'https://registry.example.com/',
      '/v2/',
      '?last=b',
      'https:',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        try {
          const next = nextPage(pieces.join(''), url);
          expect(next?.origin ?? url.origin).toBe(url.origin);
          expect(next?.username ?? '').toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
          expect(isNotFound(error)).toBe(false);
        }
      }),
    );
  });

  it('is found among others', () => {
    const path = fc.stringMatching(/^\/[a-z0-9/?&=%,-]{0,20}$/).filter((text) => !text.startsWith('//'));
    const other = fc.tuple(path, fc.constantFrom('rel="prev"', 'rel=last', 'title="a, b"'));
    fc.assert(
      fc.property(path, fc.array(other, { maxLength: 3 }), (target, others) => {
        const links = [
          ...others.map(([where, parameter]) => `<${where}>; ${parameter}`),
          `<${target}>; rel="next"`,
        ];
        const [found, expected] = [nextPage(links.join(', '), url), new URL(target, url)];
        expect(found?.pathname).toBe(expected.pathname);
        expect(found?.search).toBe(expected.search);
      }),
    );
  });

  it('of any content ends in time', () => {
    const startedAt = performance.now();
    for (const piece of ['<', '<>', '<a>"', '<a>;', '<a>; rel=', '";', '<a>;   '])
      nextPage(piece.repeat(4_000), url);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('a glob of a host', () => {
  const aLabel = fc.string({ unit: fc.constantFrom(...'abc-'), maxLength: 8 });
  const aGlob = fc.string({ unit: fc.constantFrom(...'abc-**??'), maxLength: 8 });

  it('matches what the same regular expression matches', () => {
    fc.assert(
      fc.property(aGlob, aLabel, (glob, label) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(glob, label)).toBe(expression.test(label));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of many stars takes no time', () => {
    const startedAt = performance.now();
    expect(matchesGlob(`${'*a'.repeat(1_000)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('of any content ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a[]^-\\*?') }), aLabel, (glob, label) => {
        expect(typeof matchesGlob(glob, label)).toBe('boolean');
      }),
    );
  });
});

describe('credentials', () => {
  const aHost = fc.constantFrom('a.test', 'b.test', '*.test', 'a.test:5000', '?.test');
  const aPath = fc.constantFrom('', '/shop', '/shop/app', '/sh', '/other');
  const anEntry = fc.tuple(aHost, aPath).map(([host, path]) => host + path);
  const auths = (keys: readonly string[]) =>
    parseDockerConfig(
      {
        format: 'dockerconfigjson',
        json: JSON.stringify({
          auths: Object.fromEntries(keys.map((key) => [key, { username: key, password: 'p' }])),
        }),
      },
      'Secret a/b',
    ).entries;
  const usersFor = (repository: string, keys: readonly string[]) =>
    findCredentials(auths(keys), repository).map((one) => (one.kind === 'basic' ? one.username : ''));

  it('come in the same order however the Secret is written, and each that matches comes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anEntry), fc.constantFrom('a.test', 'a.test:5000'), (keys, host) => {
        const repository = `${host}/shop/app`;
        const found = usersFor(repository, keys);
        expect(usersFor(repository, keys.toReversed())).toEqual(found);
        expect([...found].sort()).toEqual(
          keys.filter((key) => usersFor(repository, [key]).length === 1).sort(),
        );
      }),
    );
  });

  it('never go to another port, nor to another host that no glob names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anEntry), (keys) => {
        const expected = keys.filter((key) => key.startsWith('a.test:5000/sh') || key === 'a.test:5000');
        expect(usersFor('a.test:5000/shop/app', keys).toSorted()).toEqual(expected.toSorted());
        expect(usersFor('evil.example/shop/app', keys)).toEqual([]);
      }),
    );
  });

  it('of the more specific place come first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anEntry), (keys) => {
        const lengths = usersFor('a.test/shop/app', keys)
          .filter((key) => key.startsWith('a.test'))
          .map((key) => key.length);
        expect(lengths).toEqual(lengths.toSorted((one, other) => other - one));
      }),
    );
  });
});
