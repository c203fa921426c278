import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/domain/effect.ts';
import { EffectLedger } from '../../../src/reconcile/effect-ledger.ts';

const scale: Effect = { kind: 'ScaleCanary', name: 'checkout-canary', uid: 'uid-1', replicas: 3 };
const remove: Effect = { kind: 'DeleteCanary', name: 'checkout-canary', uid: 'u' };
const at = (seconds: number): Date => new Date(seconds * 1000);

describe('effect ledger', () => {
  it('does not repeat an effect that the caches do not show yet', () => {
    const ledger = new EffectLedger();
    ledger.wrote('a', scale, at(0));
    ledger.settle('a', [{ ...scale }], at(1));
    expect(ledger.isDone('a', { ...scale })).toBe(true);
    expect(ledger.recheckAt('a')).toEqual(at(5));
  });

  it('repeats it when it is still decided after five seconds', () => {
    const ledger = new EffectLedger();
    ledger.wrote('a', scale, at(0));
    ledger.settle('a', [scale], at(5));
    expect(ledger.isDone('a', scale)).toBe(false);
  });

  it('repeats it when it was seen and has been undone since', () => {
    const ledger = new EffectLedger();
    ledger.wrote('a', scale, at(0));
    ledger.settle('a', [], at(1));
    expect(ledger.isDone('a', scale)).toBe(false);
    expect(ledger.recheckAt('a')).toBeUndefined();
  });

  it('repeats it when the clock has gone back, for nobody knows how long ago it was', () => {
    const ledger = new EffectLedger();
    ledger.wrote('a', scale, at(3600));
    ledger.settle('a', [scale], at(10));
    expect(ledger.isDone('a', scale)).toBe(false);
    expect(ledger.recheckAt('a')).toBeUndefined();
  });

  it('tells effects and releases apart', () => {
    const ledger = new EffectLedger();
    ledger.wrote('a', scale, at(0));
    expect(ledger.isDone('a', remove)).toBe(false);
    expect(ledger.isDone('a', { ...scale, replicas: 4 })).toBe(false);
    expect(ledger.isDone('b', scale)).toBe(false);
  });
});
