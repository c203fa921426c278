import { describe, expect, it } from 'vitest';
import { KubeEntryReader } from '../../../../src/adapters/kubernetes/kube-entry-reader.ts';
import { aClient } from '../../../support/api-client.ts';
import { type Answer, failure, json } from '../../../support/scripted-api-server.ts';

async function aReader(answer: Answer) {
  const { server, client } = await aClient(answer);
  return { server, reader: new KubeEntryReader(client) };
}

const never = new AbortController().signal;
const PEM = '-----BEGIN PUBLIC KEY-----\n';
const keyRef = { name: 'cosign-pub', key: 'cosign.pub' };
const rootRef = { name: 'corp', key: 'trusted_root.json' };

describe('an entry that is named', () => {
  it('is for public keys an entry of a Secret', async () => {
    const data = { 'cosign.pub': Buffer.from(PEM).toString('base64') };
    const { reader, server } = await aReader(json({ data }));

    expect(await reader.publicKeys('shop', keyRef, never)).toBe(PEM);
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/shop/secrets/cosign-pub');
  });

  it('is for a trusted root an entry of a ConfigMap', async () => {
    const { reader, server } = await aReader(json({ data: { 'trusted_root.json': '{}' } }));

    expect(await reader.trustedRoot('shop', rootRef, never)).toBe('{}');
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/shop/configmaps/corp');
  });

  it('is for the authorities of a registry an entry of a ConfigMap', async () => {
    const { reader, server } = await aReader(json({ data: { 'ca.crt': PEM } }));

    expect(await reader.certificates('platform', { name: 'corp-ca', key: 'ca.crt' })).toBe(PEM);
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/platform/configmaps/corp-ca');
  });

  it.each([
    ['its object does not exist', failure(404, 'NotFound'), 'cosign.pub'],
    ['its object is empty', json({}), 'cosign.pub'],
    ['another entry is all there is', json({ data: { other: 'a2V5' } }), 'cosign.pub'],
    ['every object in JavaScript has a property of that name', json({ data: {} }), 'constructor'],
  ])('is absent when %s', async (_, answer, key) => {
    const { reader } = await aReader(answer);
    expect(await reader.publicKeys('shop', { name: 'cosign-pub', key }, never)).toBeUndefined();
    expect(await reader.trustedRoot('shop', { name: 'corp', key }, never)).toBeUndefined();
  });

  it.each([
    ['refuses', failure(403, 'Forbidden'), '403 Forbidden'],
    ['is in trouble', failure(500, 'InternalError'), '500 InternalError'],
  ])('is not known when the API server %s', async (_, answer, message) => {
    const { reader } = await aReader(answer);
    await expect(reader.publicKeys('shop', keyRef, never)).rejects.toThrow(message);
    await expect(reader.trustedRoot('shop', rootRef, never)).rejects.toThrow(message);
  });

  it('is asked for each time, so that a key that was withdrawn counts no more', async () => {
    const { reader, server } = await aReader(json({ data: {} }));
    for (const _ of [1, 2]) await reader.publicKeys('shop', keyRef, never);
    expect(server.requests).toHaveLength(2);
  });
});
