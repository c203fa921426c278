import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { givenCertificates } from '../../../../src/adapters/oci-registry/certificates.ts';
import { proxySettings } from '../../../../src/adapters/oci-registry/proxy-settings.ts';
import { CertificateAuthority } from '../../../support/certificates.ts';
import { aClient, never } from '../../../support/oci-registry-client.ts';
import { aRegistry, image } from '../../../support/oci-repository.ts';
import { ScriptedRegistry } from '../../../support/scripted-registry.ts';

describe('a proxy', () => {
  /** A proxy that leads every tunnel, and every plain request, to the registry. */
  async function aProxy(
    registry: ScriptedRegistry,
  ): Promise<{ url: string; asked: string[]; server: Server }> {
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
      const answer = await fetch(registry.origin + new URL(request.url ?? '').pathname);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
      const tunnel = connect(registry.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy());
      socket.on('error', () => tunnel.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
  }
  const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`;

  it('is tunnelled through for TLS, which ends at the registry', async () => {
    using authority = new CertificateAuthority();
    const server = authority.issue('server', 'DNS:registry.test');
    await using registry = await ScriptedRegistry.start({ cert: server.cert, key: server.key });
    registry.put(image);
    const proxy = await aProxy(registry);
    const trusting = {
      plainHttp: false,
      ca: givenCertificates(authority.ca.toString(), 'the test'),
      mirrors: [],
    };
    await using client = aClient({
      // Names that only the proxy can resolve; the certificate is for the first.
      settings: { 'registry.test': trusting, 'other.test': trusting },
      proxies: proxySettings({ HTTPS_PROXY: proxy.url }),
    });
    const read = (host: string) => client.open(`${host}/shop/checkout`).manifest(image.digest, never);
    expect(await read('registry.test')).toMatchObject({ digest: image.digest });
    expect(proxy.asked).toEqual([`CONNECT registry.test:443 ${BASIC}`]);
    await expect(read('other.test')).rejects.toHaveProperty(
      'message',
      expect.stringContaining('the certificate of other.test is not trusted'),
    );
    expect(registry.received).toHaveLength(1);
    proxy.server.closeAllConnections();
    proxy.server.close();
  });

  it('is asked for what is in plain, unless NO_PROXY says otherwise', async () => {
    await using registry = await aRegistry();
    const proxy = await aProxy(registry);
    const settings = { 'registry.test:5000': { plainHttp: true, mirrors: [] } };
    const readWith = async (environment: Record<string, string>) => {
      await using client = aClient({ settings, proxies: proxySettings(environment) });
      return await client.open('registry.test:5000/shop/checkout').manifest(image.digest, never);
    };
    expect(await readWith({ http_proxy: proxy.url })).toMatchObject({ digest: image.digest });
    expect(proxy.asked).toEqual([
      `GET http://registry.test:5000/v2/shop/checkout/manifests/${image.digest} ${BASIC}`,
    ]);
    await expect(readWith({ http_proxy: proxy.url, no_proxy: '.test' })).rejects.toMatchObject({
      reason: 'Unavailable',
    });
    expect(proxy.asked).toHaveLength(1);
    proxy.server.closeAllConnections();
    proxy.server.close();
  });
});
