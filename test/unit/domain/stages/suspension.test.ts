import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import {
  afterPromotion,
  anObservation,
  aTarget,
  aWorkload,
  withCanary,
} from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

const suspend = { suspend: true };
const reasons = ({ notices }: ReturnType<typeof decide>): string[] => notices.map(({ reason }) => reason);

describe('suspension', () => {
  it('touches no workload, asks for no counts, and says how to go on', () => {
    const loose = aWorkload({ containers: [] });
    const seen = anObservation({ targets: [aTarget({ workload: loose })] });
    const decision = decide(onCanary({ spec: { ...suspend, objectives: [AVAILABILITY] } }), seen, at('1m'));
    expect(decision.status).toMatchObject({ phase: 'Suspended', suspended: 'Progressing' });
    expect(decision.status.message).toContain('set spec.suspend to false to go on');
    expect(decision.effects).toEqual([]);
    expect(decision.wakeAt).toBeUndefined();
    expect(reasons(decision)).toEqual(['Suspended']);
  });

  it('does not act on orders, and keeps them', () => {
    const release = onCanary({ spec: suspend, orders: { abort: CANDIDATE } });
    const { status, effects } = decide(release, withCanary(), at('1m'));
    expect(status.acted).toBeUndefined();
    expect(effects).toEqual([]);
  });

  it.each([
    ['a step', onCanary(), withCanary(), iso('1h')],
    ['a bake', inBake(), afterPromotion(), iso('1h')],
    [
      'a promotion',
      onCanary({ status: { phase: 'Promoting', pins: [aPin(CANDIDATE)] } }),
      withCanary(),
      undefined,
    ],
  ])('of %s ends with its clock set anew: the time in between was not watched', (_, release, seen, clock) => {
    const frozen = decide({ ...release, spec: { ...release.spec, suspend: true } }, seen, at('1m')).status;
    const decision = decide({ ...release, status: frozen }, seen, at('1h'));
    expect(decision.status.phase).toBe(release.status?.phase);
    expect(decision.status.candidate).toMatchObject({ stageEnteredAt: iso('1h') });
    expect(decision.status.candidate?.stepStartedAt).toBe(clock);
    expect(reasons(decision)).toEqual(['Resumed']);
  });

  it('at rest ends at rest', () => {
    const spec = { artifact: { repository: 'registry.example.com/shop/checkout', digest: STABLE } };
    const release = aRelease({ spec, status: { phase: 'Suspended', suspended: 'Healthy' } });
    expect(decide(release, anObservation(), at('1h')).status).toMatchObject({ phase: 'Healthy' });
  });
});
