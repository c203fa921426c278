import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { refusalOf } from '../../../support/decisions.ts';
import { withCanary } from '../../../support/observations.ts';
import { aFailure, alice, at, CANDIDATE, onCanary } from '../../../support/releases.ts';

describe('abort', () => {
  it('rolls back without a warning: it was meant', () => {
    const decision = decide(
      onCanary({ metadata: alice, orders: { abort: CANDIDATE } }),
      withCanary(),
      at('1m'),
    );
    expect(decision.notices).toMatchObject([{ type: 'Normal', reason: 'Aborted' }]);
    expect(decision.status.message).toContain('aborted by alice');
  });

  it('is refused while it is being rolled back', () => {
    const failure = aFailure();
    const release = onCanary({ orders: { abort: CANDIDATE }, status: { phase: 'RollingBack', failure } });
    expect(refusalOf(decide(release, withCanary(), at('1m')))).toContain('already being rolled back');
  });
});
