import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import type { Decision } from '../../../src/domain/decide.ts';
import type { Effect } from '../../../src/domain/effect.ts';
import type { Notice } from '../../../src/domain/notice.ts';
import { Reporter } from '../../../src/reconcile/report.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { aRelease, aStatus, at, STABLE } from '../../support/releases.ts';

const pin = (drift: boolean): Effect => ({
  kind: 'PinWorkload',
  name: 'checkout',
  resourceVersion: '7',
  images: [{ container: 'app', init: false, image: `registry.example.com/shop/checkout@${STABLE}` }],
  drift,
});

function reporting() {
  const release = aRelease({ status: {} });
  const status = release.status;
  if (!status) throw new Error('a release has a status');
  const posted: Notice[] = [];
  const seconds: number[] = [];
  let corrected = 0;
  const metrics = {
    ...noMetrics,
    observeDrift: (_: unknown, duration: number) => seconds.push(duration),
    countDrift: () => {
      corrected += 1;
    },
  };
  const reporter = new Reporter({ post: (_, notice) => posted.push(notice) }, metrics, { info: () => {} });
  const pass = (when: string, ...effects: Effect[]): void => {
    const decision: Decision = { status, effects, notices: [], evaluations: [] };
    reporter.decided(release.metadata, status, decision, at(when));
  };
  return { release, reporter, pass, posted, seconds, corrected: () => corrected };
}

describe('signals of verification', () => {
  it('are counted once each, by type', () => {
    const counted: string[] = [];
    const metrics = { ...noMetrics, countSignal: (type: string) => counted.push(type) };
    const reporter = new Reporter({ post: () => {} }, metrics, { info: () => {} });
    const { metadata } = aRelease();
    const before = aStatus();
    const verification = {
      digest: STABLE,
      state: 'Verified',
      reason: 'Verified',
      policyHash: 'abc',
      signatures: [],
      attestations: [],
      signals: [{ type: 'TagMoved', message: 'the tag names another digest' }],
    } satisfies NonNullable<Status['verification']>;
    const status = aStatus({ verification });
    reporter.decided(metadata, before, { status, effects: [], notices: [], evaluations: [] }, at());
    reporter.decided(metadata, status, { status, effects: [], notices: [], evaluations: [] }, at('1h'));
    expect(counted).toEqual(['TagMoved']);
  });
});

describe('drift', () => {
  it('is measured from the pass that sees it to the one that no longer does', () => {
    const { pass, seconds } = reporting();
    pass('0s');
    pass('10s', pin(true));
    pass('13s');
    pass('60s');
    expect(seconds).toEqual([3]);
  });

  it('that nobody can correct is counted while it lasts', () => {
    const { pass, seconds } = reporting();
    for (const when of ['0s', '1s', '5s']) pass(when, pin(true));
    expect(seconds).toEqual([1, 4]);
  });

  it('is not what the operator itself has not rolled out yet', () => {
    const { release, reporter, pass, posted, seconds, corrected } = reporting();
    pass('0s', pin(false));
    reporter.executed(release, pin(false));
    pass('9s');
    expect({ posted, seconds, corrected: corrected() }).toEqual({ posted: [], seconds: [], corrected: 0 });
  });

  it('of a release that is gone is not counted for its successor', () => {
    const { release, reporter, pass, seconds } = reporting();
    pass('0s', pin(true));
    reporter.forget(release.metadata.uid);
    pass('50s');
    expect(seconds).toEqual([]);
  });

  it('is told in the same words each time, so that its events become one with a count', () => {
    const { release, reporter, posted, corrected } = reporting();
    reporter.executed(release, pin(true));
    reporter.executed(release, { ...pin(true), resourceVersion: '8' } as Effect);
    expect(corrected()).toBe(2);
    expect(posted).toHaveLength(2);
    expect(posted[0]).toEqual(posted[1]);
    expect(posted[0]?.message).toContain('Deployment checkout had another image than its pin');
  });
});
