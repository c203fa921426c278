import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import type { Effect } from '../../../src/domain/effect.ts';
import { unknown } from '../../../src/domain/reading.ts';
import type { ClusterReader, ClusterWriter, StoredRelease } from '../../../src/ports/cluster.ts';
import { EffectError } from '../../../src/reconcile/effect-error.ts';
import { Observer } from '../../../src/reconcile/observe.ts';
import { Reconciler } from '../../../src/reconcile/reconciler.ts';
import { Reporter } from '../../../src/reconcile/report.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { noObjectives } from '../../support/no-objectives.ts';
import { app, aWorkload, satisfied } from '../../support/observations.ts';
import { protectorOf } from '../../support/protection.ts';

import {
  aCandidate,
  aFailure,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  iso,
  onCanary,
  STABLE,
} from '../../support/releases.ts';
import { serviceSource } from '../../support/service-source.ts';

const idle = (): void => {};

/** An operator on a cluster that holds still: its status writes change nothing but what is returned here. */
function operator(
  stored: StoredRelease | (() => StoredRelease),
  execute: ClusterWriter['execute'] = async () => {},
  runs: string = CANDIDATE,
) {
  const written: Status[] = [];
  const letGo: string[] = [];
  const cluster: ClusterReader & ClusterWriter = {
    release: () => (typeof stored === 'function' ? stored() : stored),
    workload: (_, name) =>
      name.endsWith('-canary') ? undefined : aWorkload({ name, containers: [app(runs)] }),
    canaries: () => [],
    podTrouble: () => ({ crashLooping: false }),
    releasesOn: () => [],
    runningDigests: async () => new Map(),
    writeStatus: async ({ resourceVersion }, status) => {
      written.push(status);
      return resourceVersion;
    },
    execute,
    removeFinalizer: async ({ name }) => {
      letGo.push(name);
    },
  };
  const observer = new Observer({
    cluster,
    service: serviceSource(() => unknown('NoData', 'nothing is known')),
    sloSource: { totals: async () => Promise.reject(new Error('not asked')) },
    objectives: noObjectives,
    verifier: { verify: async () => satisfied },
    protector: protectorOf(() => satisfied),
  });
  const reporter = new Reporter({ post: idle }, noMetrics, { info: idle });
  return {
    written,
    letGo,
    reconciler: new Reconciler({ cluster, writer: cluster, observer, reporter, now: () => at('1m') }),
  };
}

const signal = new AbortController().signal;

describe('a release that is not understood', () => {
  const release = aRelease({ status: {} });
  const stored = (status: unknown): StoredRelease => ({
    identity: release.metadata,
    deleting: false,
    valid: false,
    problem: 'spec.targets: Required',
    status,
  });

  it('is told so once: nothing is written again while nothing changes', async () => {
    const first = operator(stored(release.status));
    await first.reconciler.reconcile('shop/checkout', signal);
    const again = operator(stored(first.written[0]));
    expect(await again.reconciler.reconcile('shop/checkout', signal)).toEqual({});
    expect([first.written.length, again.written.length]).toEqual([1, 0]);
  });

  it('is looked at again after a write that changed nothing: no newer version will ever come', async () => {
    const { reconciler } = operator(stored({}));
    await reconciler.reconcile('shop/checkout', signal);
    expect(await reconciler.reconcile('shop/checkout', signal)).toEqual({});
  });

  it.each([
    ['is let go when it is deleted', ['artifactrelease.dev/finalizer', 'example.com/other'], ['checkout']],
    ['is left to the finalizers of others', ['example.com/other'], []],
  ])('%s: nobody can wait for its correction', async (_, finalizers, letGo) => {
    const invalid = { ...stored(release.status), deleting: true };
    const deleted = operator({ ...invalid, identity: { ...invalid.identity, finalizers } });
    expect(await deleted.reconciler.reconcile('shop/checkout', signal)).toEqual({});
    expect(deleted.letGo).toEqual(letGo);
    expect(deleted.written).toEqual([]);
  });
});

describe('effects', () => {
  const failure = aFailure();
  const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
  const pins = [aPin(STABLE), aPin(STABLE, { name: 'worker' })];
  const rollingBack = (finalizers: string[]) => {
    const status = { phase: 'RollingBack', failure, candidate: aCandidate(), pins } as const;
    const release = aRelease({ spec: { targets }, status, metadata: { finalizers } });
    return { identity: release.metadata, deleting: false, valid: true, release } as const;
  };

  it('are all tried: a workload that refuses does not keep another one from its roll-back', async () => {
    const tried: string[] = [];
    const { reconciler } = operator(
      rollingBack(['artifactrelease.dev/finalizer']),
      async (_, effect: Effect) => {
        if (effect.kind !== 'PinWorkload') return;
        tried.push(effect.name);
        if (effect.name === 'checkout') throw new EffectError('WriteFailed', 'quota exceeded');
      },
    );
    const { failure: refused } = await reconciler.reconcile('shop/checkout', signal);
    expect(refused).toEqual(new EffectError('WriteFailed', 'quota exceeded'));
    expect(tried).toEqual(['checkout', 'worker']);
  });

  it('that fail do not put off when the release wanted to be looked at again', async () => {
    const candidate = aCandidate({ replicas: [{ name: 'checkout', count: 1 }] });
    const release = aRelease({ status: { phase: 'Progressing', candidate } });
    const stored = { identity: release.metadata, deleting: false, valid: true, release } as const;
    const { reconciler } = operator(stored, async () => {
      throw new EffectError('WriteFailed', 'quota exceeded');
    });
    const { failure: refused, requeueAfterMs } = await reconciler.reconcile('shop/checkout', signal);
    expect(refused).toBeInstanceOf(EffectError);
    // Its pods have ten minutes, one of which is over.
    expect(requeueAfterMs).toBe(540_000);
  });

  it('wait for the finalizer', async () => {
    const tried: string[] = [];
    const { reconciler } = operator(rollingBack([]), async (_, effect: Effect) => {
      tried.push(effect.kind);
      if (effect.kind === 'AddFinalizer') throw new EffectError('WriteFailed', 'forbidden');
    });
    await expect(reconciler.reconcile('shop/checkout', signal)).rejects.toThrow('forbidden');
    expect(tried).toEqual(['AddFinalizer']);
  });

  it('are seen before the release is let go: a canary that no cache shows yet would be left behind', async () => {
    const running = onCanary();
    const deleted = { ...running, metadata: { ...running.metadata, deletionTimestamp: iso('1m') } };
    let release = running;
    const tried: string[] = [];
    const stored = (): StoredRelease => ({
      identity: release.metadata,
      deleting: release === deleted,
      valid: true,
      release,
    });
    const execute = async (_: unknown, effect: Effect) => {
      tried.push(effect.kind);
    };
    const { reconciler } = operator(stored, execute, STABLE);
    await reconciler.reconcile('shop/checkout', signal);
    expect(tried).toContain('ApplyCanary');
    release = deleted;
    const before = tried.length;
    const { requeueAfterMs } = await reconciler.reconcile('shop/checkout', signal);
    expect(tried.slice(before)).not.toContain('RemoveFinalizer');
    expect(requeueAfterMs).toBeLessThan(1_000);
  });
});
