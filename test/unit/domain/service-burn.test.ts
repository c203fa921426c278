import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { known } from '../../../src/domain/reading.ts';
import { burnAlerts, burningService, burnOver, isSuspicious } from '../../../src/domain/service-burn.ts';
import { type Percents, serviceCounts } from '../../support/service-burns.ts';

const CONFIDENCE = 0.99;
const burningWith = (percents: Percents, terms?: Parameters<typeof serviceCounts>[1]) =>
  burningService(new Map([['availability', serviceCounts(percents, terms)]]), CONFIDENCE);

describe('the burn that is too fast', () => {
  it.each([
    ['30d', [14.4, 6]],
    ['28d', [13.44, 5.6]],
    ['1w', [3.36, 1.4]],
    ['24h', [1, 1]],
  ])('spends the same part of a budget over %s', (timeWindow, factors) => {
    const found = burnAlerts(timeWindow).map(({ factor }) => Number(factor.toFixed(6)));
    expect(found).toEqual(factors);
  });

  it.each([
    ['over 5m and 1h', { '5m': 21, '1h': 15 }, '5m'],
    ['over 30m and 6h', { '5m': 9, '30m': 9, '6h': 7 }, '30m'],
  ])('is one %s', (_, percents, short) => {
    expect(burningWith(percents)?.alert.short).toBe(short);
  });

  it.each([
    ['only over the short window', { '5m': 21, '1h': 14, '30m': 5 }],
    ['only over the long one', { '5m': 14, '1h': 21 }],
    ['over windows of two pairs', { '5m': 21, '6h': 21 }],
    ['exactly the factor', { '30m': 6, '6h': 6 }],
    ['over a window that is not known', { '5m': 21, '1h': undefined }],
    ['over windows that were not asked for', {}],
  ])('is none %s', (_, percents) => {
    expect(burningWith(percents)).toBeUndefined();
  });

  it('is none without requests', () => {
    const counts = serviceCounts({});
    const windows = new Map([['5m', { count: known({ bad: 0, total: 0 }), seconds: 300 }]]);
    expect(burnOver('5m', { ...counts, windows })).toBeUndefined();
  });

  it('is none of a few requests, which prove nothing', () => {
    const few = { count: known({ bad: 1, total: 6 }), seconds: 3600 };
    const windows = new Map(['5m', '1h'].map((window) => [window, few]));
    const services = new Map([['availability', { ...serviceCounts({}), windows }]]);
    expect(burnOver('1h', { ...serviceCounts({}), windows })).toBeGreaterThan(14.4);
    expect(burningService(services, CONFIDENCE)).toBeUndefined();
  });

  it('is told with objective, burns, windows and the end of the budget', () => {
    expect(burningWith({ '5m': 21, '1h': 15.2 })?.message).toBe(
      'availability 99%: the whole service burns 21.0x over 5m and 15.2x over 1h, both above 14.4x; ' +
        'at this speed the 30d budget is gone in 1d10h',
    );
  });

  it('is that of the budget which ends soonest', () => {
    const services = new Map([
      ['slow', serviceCounts({ '5m': 16, '1h': 16, '30m': 50, '6h': 7 })],
      ['soon', serviceCounts({ '5m': 10, '1h': 10 }, { target: '99', timeWindow: '1w' })],
    ]);
    expect(burningService(services, CONFIDENCE)?.message).toContain('slow 99%');
    services.delete('slow');
    expect(burningService(services, CONFIDENCE)?.message).toContain('soon 99%');
  });
});

describe('the long window', () => {
  it.each([
    [{ '5m': 21 }, true],
    [{ '5m': 14.4 }, false],
    [{ '5m': undefined }, false],
  ])('is worth asking for with %j: %s', (percents, suspicious) => {
    const [fast] = burnAlerts('30d');
    expect(fast && isSuspicious(fast, serviceCounts(percents))).toBe(suspicious);
  });

  it('that was counted in part burns as one that kept its objective in the rest', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 3_600 }), (bad, seconds) => {
        const counts = serviceCounts({});
        const over = (total: number, covered: number) =>
          burnOver('1h', {
            ...counts,
            windows: new Map([['1h', { count: known({ bad, total }), seconds: covered }]]),
          });
        expect(over(1_000, seconds)).toBeCloseTo(over((1_000 * 3_600) / seconds, 3_600) ?? Number.NaN, 6);
      }),
    );
  });
});
