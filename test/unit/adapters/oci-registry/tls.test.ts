import { describe, expect, it } from 'vitest';
import { type Certificates, givenCertificates } from '../../../../src/adapters/oci-registry/certificates.ts';
import { CertificateAuthority } from '../../../support/certificates.ts';
import { aClient, never } from '../../../support/oci-registry-client.ts';
import { aRegistry, config, image } from '../../../support/oci-repository.ts';
import { error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

describe('TLS', () => {
  it('is checked against the given authority, and nothing else is spoken without leave', async () => {
    using authority = new CertificateAuthority();
    const server = authority.issue('server');
    await using registry = await ScriptedRegistry.start({ cert: server.cert, key: server.key });
    registry.put(image, config);
    const ca = givenCertificates(authority.ca.toString(), 'the test');
    const readWith = async (settings: { ca?: Certificates; plainHttp: boolean }) => {
      await using client = aClient({ settings: { [registry.host]: { mirrors: [], ...settings } } });
      return await client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    };
    expect(await readWith({ ca, plainHttp: false })).toMatchObject({ digest: image.digest });
    await expect(readWith({ plainHttp: false })).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringMatching(
        /certificate of 127\.0\.0\.1:\d+ is not trusted \(.*\); if its authority is private, put it into/,
      ),
    });
    expect(registry.received).toHaveLength(1);

    // Neither a redirect nor a realm may lead out of it.
    await using open = await aRegistry();
    registry.quirk = () => ({ status: 307, headers: { location: `${open.origin}/bucket` } });
    const refusal = {
      reason: 'Unavailable',
      message: expect.stringContaining('is not https; if that is intended, set plainHttp'),
    };
    await expect(readWith({ ca, plainHttp: false })).rejects.toMatchObject(refusal);
    registry.quirk = () =>
      error(401, 'UNAUTHORIZED', '', { 'www-authenticate': `Bearer realm="${open.origin}/token"` });
    await expect(readWith({ ca, plainHttp: false })).rejects.toMatchObject(refusal);
    expect(open.received).toHaveLength(0);
  });

  it('is what a registry is spoken to in that nobody has configured', async () => {
    await using registry = await aRegistry();
    await using client = aClient();
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unavailable',
    });
    expect(registry.received).toHaveLength(0);
  });
});
