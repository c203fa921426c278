import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { complaints } from '../../../support/conditions-check.ts';
import {
  aCanary,
  afterPromotion,
  anObservation,
  app,
  aRival,
  aTarget,
  aWorkload,
  proxy,
  withCanary,
} from '../../../support/observations.ts';
import {
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';

const claims = [aRival()];
const kinds = ({ effects }: ReturnType<typeof decide>): string[] => effects.map(({ kind }) => kind);

describe('a release whose Deployment an older one names', () => {
  it('in mid-canary takes its canary away, lets go of the pin and forgets the trial unjudged', () => {
    const decision = decide(onCanary(), withCanary({ claims }), at('1m'));
    const { status, notices } = decision;
    expect(kinds(decision)).toEqual(['DeleteCanary']);
    expect(status).toMatchObject({ phase: 'Pending' });
    expect(status).not.toHaveProperty('candidate');
    expect(status).not.toHaveProperty('pins');
    expect(status.history?.[0]).toMatchObject({ verdict: 'Superseded', reason: 'DuplicateTarget' });
    expect(notices).toMatchObject([{ type: 'Warning', reason: 'DuplicateTarget' }]);
    expect(status.message).toContain('Deployment checkout belongs to ArtifactRelease older');
    expect(status.conditions.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'DuplicateTarget',
    });
    expect(complaints(status, 1)).toEqual([]);
  });

  it('starts the trial afresh when that goes, against what runs then', () => {
    const { status } = decide(onCanary(), withCanary({ claims }), at('1m'));
    const left = aTarget({ workload: aWorkload({ containers: [app(NEXT), proxy] }) });
    const freed = decide({ ...onCanary(), status }, anObservation({ targets: [left] }), at('1h'));
    expect(freed.status).toMatchObject({
      phase: 'Progressing',
      stable: { digest: NEXT },
      candidate: { digest: CANDIDATE, attempt: 2, step: 0, weight: 0 },
      pins: [aPin(NEXT)],
    });
  });

  it('takes back what it has promoted before it lets go: the older one is to adopt what is proven', () => {
    const started = decide(inBake(), afterPromotion({ claims }), at('1m'));
    expect(started.status).toMatchObject({
      phase: 'RollingBack',
      failure: { verdict: 'Superseded', reason: 'DuplicateTarget' },
      pins: [aPin(STABLE)],
    });
    expect(kinds(started)).toEqual(['PinWorkload']);
    const release = { ...inBake(), status: started.status };
    const rolling = aWorkload({ availableReplicas: 8 });
    const underway = decide(
      release,
      anObservation({ claims, targets: [aTarget({ workload: rolling })] }),
      at('2m'),
    );
    expect(underway.status).toMatchObject({ phase: 'RollingBack', pins: [aPin(STABLE)] });
    const ended = decide(release, anObservation({ claims }), at('3m'));
    expect(ended.status).toMatchObject({ phase: 'Pending', message: expect.stringContaining('belongs to') });
    expect(ended.status).not.toHaveProperty('pins');
  });

  it('loses a pin at once that the older one has set as well: it would only be fought over', () => {
    const lost = [aRival({ pins: true })];
    const decision = decide(inBake(), afterPromotion({ claims: lost }), at('1m'));
    expect(decision.status).not.toHaveProperty('pins');
    expect(decision.status.history?.[0]).toMatchObject({ digest: CANDIDATE, verdict: 'Superseded' });
    expect(kinds(decision)).toEqual([]);
    const suspended = onCanary({ spec: { suspend: true } });
    expect(decide(suspended, withCanary({ claims: lost }), at('1m')).status.pins).toEqual([]);
  });

  it('keeps the workloads that are its own', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const spec = { targets, artifact: { repository: REPOSITORY, digest: STABLE } };
    const pins = [aPin(), aPin(STABLE, { name: 'worker' })];
    const worker = aTarget({
      name: 'worker',
      workload: aWorkload({ name: 'worker', containers: [app(NEXT)] }),
    });
    const seen = anObservation({ targets: [aTarget(), worker], claims });
    const decision = decide(aRelease({ spec, status: { pins } }), seen, at());
    expect(decision.status).toMatchObject({ stable: { digest: STABLE }, pins: [pins[1]] });
    expect(decision.effects).toMatchObject([{ kind: 'PinWorkload', name: 'worker' }]);
  });

  it('is frozen when it is suspended, canary and all', () => {
    const decision = decide(onCanary({ spec: { suspend: true } }), withCanary({ claims }), at('1m'));
    expect(decision.status).toMatchObject({ phase: 'Suspended', pins: [aPin()] });
    expect(kinds(decision)).toEqual([]);
  });
});

describe('a release whose Deployment a younger one still pins', () => {
  const held = [aRival({ release: 'younger', precedes: false, pins: true })];

  it.each([
    ['does not adopt it', aRelease()],
    ['does not pin it', aRelease({ status: { pins: [] } })],
  ])('%s: it may be on its way back to stable', (_, release) => {
    const decision = decide(release, anObservation({ claims: held }), at());
    expect(decision.status).toMatchObject({ phase: 'Pending' });
    expect(decision.status.pins ?? []).toEqual([]);
    expect(decision.status.message).toContain(
      'Waiting for ArtifactRelease younger to let go of Deployment checkout',
    );
    expect(kinds(decision)).toEqual([]);
  });

  it('keeps what it has pinned itself', () => {
    const decision = decide(onCanary(), withCanary({ claims: held }), at('1m'));
    expect(decision.status).toMatchObject({ phase: 'Progressing', pins: [aPin()] });
  });

  it('goes on once it is let go', () => {
    const seen = anObservation({ claims: [aRival({ release: 'younger', precedes: false })] });
    expect(decide(aRelease(), seen, at()).status).toMatchObject({ stable: { digest: STABLE } });
  });
});

it('a canary of the release that stands back is gone before it is done', () => {
  const seen = withCanary({ claims, targets: [aTarget({ canary: aCanary() })] });
  const { status } = decide(onCanary(), seen, at('1m'));
  expect(kinds(decide({ ...onCanary(), status }, seen, at('2m')))).toEqual(['DeleteCanary']);
});
