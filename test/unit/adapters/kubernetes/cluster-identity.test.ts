import { describe, expect, it } from 'vitest';
import { readClusterUid } from '../../../../src/adapters/kubernetes/cluster-identity.ts';
import { aClient } from '../../../support/api-client.ts';
import { failure, json } from '../../../support/scripted-api-server.ts';

describe('the identity of a cluster', () => {
  it('is the UID of its namespace kube-system', async () => {
    const { client, server } = await aClient(json({ metadata: { uid: 'f81d4fae-7dec' } }));
    expect(await readClusterUid(client)).toBe('f81d4fae-7dec');
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/kube-system');
  });

  it.each([
    ['may not be read', failure(403, 'Forbidden'), '403 Forbidden'],
    ['is not in the answer', json({ metadata: {} }), 'uid'],
  ])('is never guessed where it %s', async (_, answer, message) => {
    const { client } = await aClient(answer);
    await expect(readClusterUid(client)).rejects.toThrow(message);
  });
});
