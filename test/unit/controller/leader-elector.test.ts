import { describe, expect, it } from 'vitest';
import { LeaderElector } from '../../../src/controller/leader-elector.ts';
import type { Leadership } from '../../../src/controller/leadership.ts';
import type { LeaseRecord } from '../../../src/controller/lease-lock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryLeaseLock } from '../../support/memory-lease-lock.ts';

const THEIRS: LeaseRecord = {
  holderIdentity: 'other',
  leaseDurationSeconds: 15,
  acquireTime: '2001-01-01T00:00:00.000000Z',
  renewTime: '2001-01-01T00:00:00.000000Z',
  leaseTransitions: 4,
};

function anElection(lock: MemoryLeaseLock, clock = new FakeClock(), identity = 'me') {
  const errors: unknown[] = [];
  const leading: boolean[] = [];
  const stop = new AbortController();
  const elector = new LeaderElector({
    lock,
    identity,
    clock,
    random: () => 0,
    metrics: { setLeading: (value) => leading.push(value), countFailedRenewal: () => undefined },
    onError: (error) => errors.push(error),
  });
  let leadership: Leadership | undefined;
  const acquiring = elector.acquire(stop.signal).then((acquired) => {
    leadership = acquired;
  });
  return { clock, errors, leading, stop, acquiring, leadership: () => leadership };
}

async function leading(lock = new MemoryLeaseLock()) {
  const election = anElection(lock);
  await election.acquiring;
  const leadership = election.leadership();
  if (leadership === undefined) throw new Error('expected to lead');
  return { ...election, lock, leadership };
}

describe('LeaderElector', () => {
  it('creates the lease when there is none', async () => {
    const { lock } = await leading();
    expect(lock.record).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2025-01-02T03:04:05.678000Z',
      renewTime: '2025-01-02T03:04:05.678000Z',
      leaseTransitions: 0,
    });
  });

  it('takes a lease that was given back at once', async () => {
    const { lock } = await leading(new MemoryLeaseLock({ ...THEIRS, holderIdentity: '' }));
    expect(lock.record).toMatchObject({ holderIdentity: 'me', leaseTransitions: 5 });
  });

  it('waits a whole lease duration by its own clock, whatever the renew time says', async () => {
    const { clock, leadership } = anElection(new MemoryLeaseLock(THEIRS));
    await clock.advance(14_000);
    expect(leadership()).toBeUndefined();
    await clock.advance(2_000);
    expect(leadership()).toBeDefined();
  });

  it('waits as long as the holder renews', async () => {
    const lock = new MemoryLeaseLock(THEIRS);
    const { clock, leadership } = anElection(lock);
    for (let n = 0; n < 10; n += 1) {
      await clock.advance(10_000);
      lock.store({ ...THEIRS, renewTime: `2001-01-01T00:00:${10 + n}.000000Z` });
    }
    expect(leadership()).toBeUndefined();
  });

  it('does not take an edit of the lease for a sign of life', async () => {
    const lock = new MemoryLeaseLock(THEIRS);
    const { clock, leadership } = anElection(lock);
    await clock.advance(10_000);
    lock.store(THEIRS);
    await clock.advance(6_000);
    expect(leadership()).toBeDefined();
  });

  it('lets only one of two lead', async () => {
    const clock = new FakeClock();
    const lock = new MemoryLeaseLock();
    const first = anElection(lock, clock, 'first');
    const second = anElection(lock, clock, 'second');
    await clock.advance(120_000);
    const leaders = [first, second].filter(({ leadership }) => leadership() !== undefined);
    expect(leaders).toHaveLength(1);
  });

  it('goes on trying while the API server is away', async () => {
    const lock = new MemoryLeaseLock();
    lock.fault = 'hang';
    const { clock, errors, leadership } = anElection(lock);
    await clock.advance(20_000);
    expect(errors.length).toBeGreaterThan(1);
    lock.fault = undefined;
    await clock.advance(7_000);
    expect(leadership()).toBeDefined();
  });

  it('stops trying when it is told to', async () => {
    const { clock, stop, acquiring } = anElection(new MemoryLeaseLock(THEIRS));
    await clock.advance(1_000);
    stop.abort('stopped');
    await expect(acquiring).rejects.toBe('stopped');
    expect(clock.pendingTimers()).toBe(0);
  });
});

describe('Leadership', () => {
  it('costs 12 writes a minute and no read', async () => {
    const { clock, lock } = await leading();
    const before = { reads: lock.reads, writes: lock.writes };
    await clock.advance(60_000);
    expect(lock.writes - before.writes).toBe(12);
    expect(lock.reads).toBe(before.reads);
    expect(lock.record?.renewTime).toBe('2025-01-02T03:05:05.678000Z');
  });

  it('survives one renewal that fails', async () => {
    const { clock, lock, leadership, errors } = await leading();
    lock.fault = new Error('reset');
    await clock.advance(5_500);
    lock.fault = undefined;
    await clock.advance(60_000);
    expect(errors).toHaveLength(1);
    expect(leadership.lost.aborted).toBe(false);
  });

  it.each([
    { trouble: 'fail', fault: new Error('reset') },
    { trouble: 'hang', fault: 'hang' as const },
  ])('is lost 10 s after the last renewal when renewals $trouble', async ({ fault }) => {
    const { clock, lock, leadership, leading: reported } = await leading();
    lock.fault = fault;
    await clock.advance(9_999);
    expect(leadership.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(leadership.lost.aborted).toBe(true);
    expect(reported).toEqual([true, false]);
    lock.fault = undefined;
    const { writes } = lock;
    await clock.advance(60_000);
    expect(lock.writes).toBe(writes);
  });

  it('is lost at once when somebody else holds the lease', async () => {
    const { clock, lock, leadership } = await leading();
    lock.store(THEIRS);
    await clock.advance(5_000);
    expect(leadership.lost.aborted).toBe(true);
    expect(lock.record).toEqual(THEIRS);
  });

  it('goes on from a version of ours that we did not know', async () => {
    const { clock, lock, leadership } = await leading();
    if (lock.record !== undefined) lock.store(lock.record);
    await clock.advance(60_000);
    expect(leadership.lost.aborted).toBe(false);
  });

  it('gives the lease back, so that the next one leads without waiting', async () => {
    const { clock, lock, leadership } = await leading();
    await leadership.release();
    expect(lock.record).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    const next = anElection(lock, clock, 'next');
    await next.acquiring;
    expect(lock.record?.holderIdentity).toBe('next');
  });

  it('does not write the lease of another when it is released after it was lost', async () => {
    const { clock, lock, leadership } = await leading();
    lock.store(THEIRS);
    await clock.advance(5_000);
    await leadership.release();
    expect(lock.record).toEqual(THEIRS);
    expect(clock.pendingTimers()).toBe(0);
  });
});
