import { describe, expect, it } from 'vitest';
import { PrometheusConfig } from '../../../../src/adapters/prometheus/prometheus-config.ts';

const url = 'https://prometheus.example.com';

describe('the configuration of a source', () => {
  it('needs a url only', () => {
    expect(PrometheusConfig.parse({ url: `${url}/base//` })).toEqual({
      url: `${url}/base`,
      timeout: '10s',
      headers: {},
    });
  });

  it.each([
    { config: {}, message: 'url' },
    { config: { url: 'prometheus:9090' }, message: 'must begin with http:// or https://' },
    { config: { url: 'prometheus' }, message: 'is not a URL' },
    { config: { url: 'https://me:secret@prometheus' }, message: 'use basicAuth or bearerTokenFile' },
    { config: { url: `${url}?tenant=a` }, message: 'put tenant headers in headers' },
    { config: { url, headers: { Authorization: 'Bearer x' } }, message: 'use basicAuth or bearerTokenFile' },
    { config: { url, headers: { 'X-Tenant': 'a\r\nb: c' } }, message: 'must be printable ASCII' },
    { config: { url, tls: { certFile: '/a' } }, message: 'certFile and keyFile go together' },
    {
      config: { url, bearerTokenFile: '/a', basicAuth: { username: 'a', passwordFile: '/b' } },
      message: 'exclude each other',
    },
    { config: { url, basicAuth: { username: 'a', password: 'b' } }, message: 'password' },
    { config: { url, timeout: '0s' }, message: 'must be a duration longer than 0s' },
    { config: { url, timeout: '0.5s' }, message: 'must be a duration longer than 0s' },
    { config: { url, timeouts: '1s' }, message: 'timeouts' },
  ])('refuses $config', ({ config, message }) => {
    const { error } = PrometheusConfig.safeParse(config);
    expect(JSON.stringify(error?.issues)).toContain(message);
    expect(JSON.stringify(error?.issues)).not.toContain('secret@');
  });
});
