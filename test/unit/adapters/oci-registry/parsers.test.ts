import { describe, expect, it } from 'vitest';
import { apiOrigin } from '../../../../src/adapters/oci-registry/api-origin.ts';
import { parseChallenges } from '../../../../src/adapters/oci-registry/challenge.ts';
import { nextPage } from '../../../../src/adapters/oci-registry/next-page.ts';
import { proxyFor, proxySettings } from '../../../../src/adapters/oci-registry/proxy-settings.ts';
import {
  formatRepository,
  normalizeRegistry,
  parseRepository,
} from '../../../../src/domain/repository-name.ts';

describe('WWW-Authenticate', () => {
  const read = (header: string) =>
    parseChallenges(header).map(({ parameters, scheme }) => ({ scheme, ...Object.fromEntries(parameters) }));

  it.each([
    { header: 'Basic', challenges: [{ scheme: 'basic' }] },
    { header: 'Basic realm="Registry Realm"', challenges: [{ scheme: 'basic', realm: 'Registry Realm' }] },
    {
      header:
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      challenges: [
        {
          scheme: 'bearer',
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      ],
    },
    {
      header: 'Bearer realm = "https://a/t" , Service = s, Basic realm="b"',
      challenges: [
        { scheme: 'bearer', realm: 'https://a/t', service: 's' },
        { scheme: 'basic', realm: 'b' },
      ],
    },
    {
      header: 'bearer realm=https://a/token,service=s',
      challenges: [{ scheme: 'bearer', realm: 'https://a/token', service: 's' }],
    },
    {
      header: 'Negotiate YIIC==, Bearer realm="r"',
      challenges: [{ scheme: 'negotiate' }, { scheme: 'bearer', realm: 'r' }],
    },
    { header: 'Bearer realm="a \\"b\\" c", realm="d"', challenges: [{ scheme: 'bearer', realm: 'a "b" c' }] },
    { header: ', ,Basic realm="",', challenges: [{ scheme: 'basic', realm: '' }] },
    { header: 'Bearer realm="unterminated', challenges: [{ scheme: 'bearer' }] },
    { header: 'realm="no scheme"', challenges: [] },
    { header: '', challenges: [] },
    { header: '"', challenges: [] },
  ])('$header', ({ challenges, header }) => {
    expect(read(header)).toEqual(challenges);
  });
});

describe('Link', () => {
  const url = new URL('https://registry.example.com/v2/shop/tags/list?n=2');
  it.each([
    {
      link: '</v2/shop/tags/list?n=2&last=b>; rel="next"',
      next: 'https://registry.example.com/v2/shop/tags/list?n=2&last=b',
    },
    { link: '<?last=b>; rel=next', next: 'https://registry.example.com/v2/shop/tags/list?last=b' },
    { link: '<http://registry.example.com/v2/x>; rel="next"', next: 'https://registry.example.com/v2/x' },
    {
      link: '</a,b>; title="c, d"; rel="prev", </c>; rel="last next"',
      next: 'https://registry.example.com/c',
    },
    {
      link: '<https://registry.example.com//evil.example.com/>; rel="next"',
      next: 'https://registry.example.com//evil.example.com/',
    },
    { link: '</a>; rel="prev"', next: undefined },
    { link: '</a>', next: undefined },
    { link: '', next: undefined },
    { link: undefined, next: undefined },
  ])('$link', ({ link, next }) => {
    expect(nextPage(link, url)?.href).toBe(next);
  });

  it.each([
    '<https://evil.example.com/v2/>; rel="next"',
    '<//evil.example.com/>; rel="next"',
    '<https://[>; rel="next"',
  ])('%s is refused', (link) => {
    expect(() => nextPage(link, url)).toThrow(expect.objectContaining({ reason: 'Malformed' }));
  });
});

describe('a repository', () => {
  it.each([
    { from: 'registry.example.com/shop/checkout', to: 'registry.example.com/shop/checkout' },
    { from: '127.0.0.1:5000/a', to: '127.0.0.1:5000/a' },
    { from: 'docker.io/nginx', to: 'docker.io/library/nginx' },
    { from: 'docker.io/library/nginx', to: 'docker.io/library/nginx' },
    { from: 'index.docker.io/shop/app', to: 'docker.io/shop/app' },
    { from: 'registry-1.docker.io/nginx', to: 'docker.io/library/nginx' },
    { from: 'evil-docker.io/nginx', to: 'evil-docker.io/nginx' },
    { from: 'evil.docker.io/nginx', to: 'evil.docker.io/nginx' },
  ])('$from is $to', ({ from, to }) => {
    expect(formatRepository(parseRepository(from))).toBe(to);
  });

  it('of Docker Hub is at another host than its name, alone', () => {
    expect(apiOrigin(normalizeRegistry('index.docker.io'), false)).toBe('https://registry-1.docker.io');
    expect(apiOrigin('registry.example.com:5000', true)).toBe('http://registry.example.com:5000');
  });
});

describe('proxies', () => {
  const environment = {
    HTTP_PROXY: 'plain.example.com:3128',
    https_proxy: 'http://secure.example.com:3128',
    NO_PROXY:
      'internal.test, .sub.test,10.0.0.0/8 192.168.1.1,fd00::/8,[fe80::1]:5000,ported.test:5000,*.star.test,bad/99',
  };
  const settings = proxySettings(environment);

  it.each([
    'https://internal.test/',
    'https://a.internal.test/',
    'https://a.sub.test/',
    'https://10.1.2.3:5000/',
    'http://192.168.1.1/',
    'https://[fd00::1]/',
    'https://[fe80::1]:5000/',
    'https://ported.test:5000/',
    'https://a.star.test/',
    'http://localhost:5000/',
    'http://127.16.0.1:5000/',
    'http://[::1]/',
  ])('are not asked for %s', (url) => {
    expect(proxyFor(settings, new URL(url))).toBeUndefined();
  });

  it.each([
    'https://example.com/',
    'https://notinternal.test/',
    'https://sub.test/',
    'https://11.1.2.3/',
    'https://1.192.168.1.1.test/',
    'https://ported.test/',
    'https://star.test/',
  ])('are asked for %s', (url) => {
    expect(proxyFor(settings, new URL(url))).toBe('http://secure.example.com:3128');
  });

  it('are by scheme, as in Go: that for one is not taken for the other', () => {
    expect(proxyFor(settings, new URL('http://example.com/'))).toBe('http://plain.example.com:3128');
    const onlyHttp = proxySettings({ HTTP_PROXY: 'http://plain.example.com' });
    expect(proxyFor(onlyHttp, new URL('https://example.com/'))).toBeUndefined();
    expect(
      proxyFor(proxySettings({ HTTPS_PROXY: 'http://p', NO_PROXY: '*' }), new URL('https://a/')),
    ).toBeUndefined();
    expect(proxyFor(proxySettings({}), new URL('https://a/'))).toBeUndefined();
  });
});
