import { describe, expect, it } from 'vitest';
import { KubePullSecretReader } from '../../../../src/adapters/kubernetes/kube-pull-secret-reader.ts';
import { aClient } from '../../../support/api-client.ts';
import { type Answer, failure, json } from '../../../support/scripted-api-server.ts';

async function aReader(answer: Answer) {
  const { server, client } = await aClient(answer);
  return { server, reader: new KubePullSecretReader(client) };
}

const never = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a pull secret', () => {
  it.each([
    ['kubernetes.io/dockerconfigjson', '.dockerconfigjson', 'dockerconfigjson'],
    ['kubernetes.io/dockercfg', '.dockercfg', 'dockercfg'],
  ])('of type %s is the text of its entry', async (type, key, format) => {
    const { reader, server } = await aReader(json({ type, data: { [key]: base64('{"auths":{}}') } }));

    expect(await reader.pullSecret('shop', 'regcred', never)).toEqual({ format, json: '{"auths":{}}' });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/namespaces/shop/secrets/regcred',
    ]);
  });

  it.each([
    ['of another type', { type: 'Opaque', data: { '.dockerconfigjson': base64('{}') } }],
    ['without its entry', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockercfg': base64('{}') } }],
    ['without any data', { type: 'kubernetes.io/dockercfg' }],
  ])('%s is none', async (_, secret) => {
    const { reader } = await aReader(json(secret));
    expect(await reader.pullSecret('shop', 'regcred', never)).toBeUndefined();
  });

  it('that does not exist is none', async () => {
    const { reader } = await aReader(failure(404, 'NotFound'));
    expect(await reader.pullSecret('shop', 'regcred', never)).toBeUndefined();
  });

  it('that may not be read is an error, for nobody knows what is in it', async () => {
    const { reader } = await aReader(failure(403, 'Forbidden'));
    await expect(reader.pullSecret('shop', 'regcred', never)).rejects.toThrow('secrets/regcred: 403');
  });

  it('is asked for each time, and never shown in an error', async () => {
    const { reader, server } = await aReader(
      json({ type: 'kubernetes.io/dockercfg', data: { '.dockercfg': ['hunter2'] } }),
    );
    const failures = await Promise.allSettled([
      reader.pullSecret('shop', 'regcred', never),
      reader.pullSecret('shop', 'regcred', never),
    ]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(JSON.stringify(failures.map((one) => 'reason' in one && String(one.reason)))).not.toContain(
      'hunter2',
    );
    expect(server.requests).toHaveLength(2);
  });
});

describe('the imagePullSecrets of a ServiceAccount', () => {
  it('are its names, without what cannot be a name', async () => {
    const imagePullSecrets = [{ name: 'one' }, {}, { name: '..' }, { name: 'two' }];
    const { reader, server } = await aReader(json({ imagePullSecrets }));

    expect(await reader.imagePullSecretsOf('shop', 'app', never)).toEqual(['one', 'two']);
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/shop/serviceaccounts/app');
  });

  it.each([
    ['has none', json({})],
    ['does not exist', failure(404, 'NotFound')],
  ])('are none if it %s', async (_, answer) => {
    const { reader } = await aReader(answer);
    expect(await reader.imagePullSecretsOf('shop', 'app', never)).toEqual([]);
  });
});
