import { describe, expect, it } from 'vitest';
import { KubeLeaseLock } from '../../../../src/adapters/kubernetes/lease-lock.ts';
import { ConflictError } from '../../../../src/controller/errors.ts';
import type { LeaseRecord } from '../../../../src/controller/lease-lock.ts';
import { aClient } from '../../../support/api-client.ts';
import { type Answer, failure, json } from '../../../support/scripted-api-server.ts';

async function aLock(answer: Answer) {
  const { server, client } = await aClient(answer);
  return { server, lock: new KubeLeaseLock(client, 'system', 'leader') };
}

const never = new AbortController().signal;
const RECORD: LeaseRecord = {
  holderIdentity: 'me',
  leaseDurationSeconds: 15,
  acquireTime: '2025-01-02T03:04:05.678000Z',
  renewTime: '2025-01-02T03:04:05.678000Z',
  leaseTransitions: 0,
};
const stored = (spec?: object) => json({ metadata: { resourceVersion: '7' }, spec });

describe('KubeLeaseLock', () => {
  it('reads a lease and the version to name in the next write', async () => {
    const { lock, server } = await aLock(stored(RECORD));
    expect(await lock.read(never)).toEqual({ record: RECORD, resourceVersion: '7' });
    expect(server.requests[0]?.path).toBe('/apis/coordination.k8s.io/v1/namespaces/system/leases/leader');
  });

  it.each([
    undefined,
    {},
    { holderIdentity: null },
  ])('reads a lease that says %j as held by nobody', async (spec) => {
    const { lock } = await aLock(stored(spec));
    expect((await lock.read(never))?.record.holderIdentity).toBe('');
  });

  it('reads no lease as undefined', async () => {
    const { lock } = await aLock(failure(404, 'NotFound'));
    expect(await lock.read(never)).toBeUndefined();
  });

  it('writes the record as it is, fenced by the version', async () => {
    const { lock, server } = await aLock(stored(RECORD));
    await lock.update(RECORD, '6', never);
    expect(server.requests[0]?.method).toBe('PUT');
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      metadata: { resourceVersion: '6' },
      spec: RECORD,
    });
  });

  it('creates without a version', async () => {
    const { lock, server } = await aLock(stored(RECORD));
    await lock.create(RECORD, never);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/coordination.k8s.io/v1/namespaces/system/leases',
    });
    expect(JSON.parse(server.requests[0]?.body ?? '').metadata).toEqual({
      namespace: 'system',
      name: 'leader',
    });
  });

  it.each(['Conflict', 'AlreadyExists'])('turns %s into a conflict', async (reason) => {
    const { lock } = await aLock(failure(409, reason));
    await expect(lock.create(RECORD, never)).rejects.toBeInstanceOf(ConflictError);
    await expect(lock.update(RECORD, '6', never)).rejects.toBeInstanceOf(ConflictError);
  });
});
