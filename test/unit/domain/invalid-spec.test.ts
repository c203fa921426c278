import { describe, expect, it } from 'vitest';
import { Status } from '../../../src/api/artifact-release-status.ts';
import { decide } from '../../../src/domain/decide.ts';
import { invalidSpecStatus } from '../../../src/domain/invalid-spec.ts';
import { complaints } from '../../support/conditions-check.ts';
import { withCanary } from '../../support/observations.ts';
import { aPin, at, onCanary, STABLE } from '../../support/releases.ts';

const PROBLEM = 'spec.targets: Required';
const stored = decide(onCanary(), withCanary(), at('1m')).status;
const conditionsOf = (status: Status) =>
  Object.fromEntries(status.conditions.map((c) => [c.type, `${c.status} ${c.reason}`]));

describe('the status of a release that is not understood', () => {
  it('keeps what was stored, and says which fields to correct', () => {
    const status = invalidSpecStatus(2, PROBLEM, stored, at('2m'));
    expect(status).toMatchObject({ phase: stored.phase, pins: stored.pins, candidate: stored.candidate });
    expect(status.message).toContain(`correct these fields: ${PROBLEM}`);
    expect(conditionsOf(status)).toMatchObject({
      Ready: 'False InvalidSpec',
      Reconciling: 'False InvalidSpec',
      Stalled: 'True InvalidSpec',
      Healthy: 'True Healthy',
    });
    expect(complaints(status, 2)).toEqual([]);
  });

  it.each([undefined, null, 'text', [], {}])('is complete where %j was stored', (nothing) => {
    const status = invalidSpecStatus(1, PROBLEM, nothing, at());
    expect(complaints(status, 1)).toEqual([]);
    expect(status).toMatchObject({ phase: 'Pending', summary: {} });
  });

  it('loses only the field that another version wrote', () => {
    const history = [{ digest: STABLE, verdict: 'Teleported' }];
    const status = invalidSpecStatus(2, PROBLEM, { ...stored, history }, at('2m'));
    expect(status.history).toBeUndefined();
    expect(status).toMatchObject({ pins: [aPin()], stable: stored.stable, phase: stored.phase });
  });

  it('does not change when it is made again', () => {
    const once = invalidSpecStatus(2, PROBLEM, { ...stored, phase: 'Teleporting' }, at('2m'));
    expect(invalidSpecStatus(2, PROBLEM, once, at('3m'))).toEqual(once);
  });

  it('fits the schema whatever the problem is', () => {
    const status = invalidSpecStatus(1, 'x'.repeat(5_000), stored, at());
    expect(Status.safeParse(status).success).toBe(true);
  });
});
