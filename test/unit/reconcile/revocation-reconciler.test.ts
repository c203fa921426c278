import { describe, expect, it } from 'vitest';
import type { ArtifactRevocation } from '../../../src/api/artifact-revocation.ts';
import type { RevocationStatus } from '../../../src/api/revocation-status.ts';
import type { Digest } from '../../../src/api/scalars.ts';
import { Controller } from '../../../src/controller/controller.ts';
import { ConflictError, TerminalError } from '../../../src/controller/errors.ts';
import { WorkQueue } from '../../../src/controller/work-queue.ts';
import type { StoredRelease } from '../../../src/ports/cluster.ts';
import type { Understood } from '../../../src/ports/policies.ts';
import { RevocationReconciler } from '../../../src/reconcile/revocation-reconciler.ts';
import { keySigner } from '../../support/evidence.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordedQueueMetrics } from '../../support/queue-metrics.ts';
import { aFailure, anEntry, aRelease, CANDIDATE, onCanary, STABLE } from '../../support/releases.ts';
import { aRevocation } from '../../support/revocations.ts';

const signal = new AbortController().signal;

const stored = (name: string, release = onCanary()): StoredRelease => {
  const metadata = { ...release.metadata, name, uid: `uid-of-${name}` };
  return { identity: metadata, deleting: false, valid: true, release: { ...release, metadata } };
};

const rolledBack = aRelease({
  status: { history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'Revoked' }), anEntry()] },
});
const rollingBack = onCanary({ status: { phase: 'RollingBack', failure: aFailure({ reason: 'Revoked' }) } });

/** An API server with one revocation, whose watch is as fast as its writes unless told otherwise. */
function aCluster(revocation: ArtifactRevocation, releases: StoredRelease[]) {
  const clock = new FakeClock();
  const written: RevocationStatus[] = [];
  const examined: Digest[] = [];
  const state = {
    clock,
    written,
    examined,
    releases,
    listed: [{ valid: true, value: revocation }] as Understood<ArtifactRevocation>[],
    watchIsSlow: false,
    refuse: undefined as Error | undefined,
  };
  const reconciler = new RevocationReconciler({
    policies: { revocations: () => state.listed },
    releases: () => state.releases,
    watches: () => true,
    evidence: { known: () => undefined },
    examine: (digests) => examined.push(...digests),
    matches: () => false,
    now: () => clock.now(),
    writer: {
      writeStatus: async (metadata, status) => {
        if (state.refuse) throw state.refuse;
        written.push(status);
        const resourceVersion = String(Number(metadata.resourceVersion) + 1);
        const value = { ...revocation, metadata: { ...metadata, resourceVersion }, status };
        if (!state.watchIsSlow) state.listed = [{ valid: true, value }];
        return resourceVersion;
      },
    },
  });
  return { ...state, state, reconciler, pass: () => reconciler.reconcile('incident-7', signal) };
}

const digestRevoked = () => aRevocation({ digests: [CANDIDATE] });

describe('the status of a revocation', () => {
  it('is written when it changes, and only then', async () => {
    const { pass, written, state, clock } = aCluster(digestRevoked(), [stored('a')]);
    expect(await pass()).toEqual({});
    expect(await pass()).toEqual({});
    expect(written.map(({ affected, remaining }) => [affected, remaining])).toEqual([[1, 1]]);
    await clock.advance(5_000);
    state.releases = [stored('a', rolledBack)];
    await pass();
    expect(written.map(({ remaining }) => remaining)).toEqual([1, 0]);
  });

  it('is not decided on a version that its own write has replaced', async () => {
    const { pass, written, state } = aCluster(digestRevoked(), [stored('a')]);
    state.watchIsSlow = true;
    await pass();
    expect(await pass()).toEqual({ requeueAfterMs: 100 });
    expect(written).toHaveLength(1);
  });

  it('is left alone when somebody else wrote first', async () => {
    const { pass, state } = aCluster(digestRevoked(), [stored('a')]);
    state.refuse = new ConflictError('changed');
    await expect(pass()).rejects.toThrow(ConflictError);
  });

  it('is not written for a revocation that is gone', async () => {
    const { pass, state, written } = aCluster(digestRevoked(), [stored('a')]);
    state.listed = [];
    expect(await pass()).toEqual({});
    expect(written).toEqual([]);
  });

  it('is not guessed for one that is not understood: the pass fails with the fields', async () => {
    const { pass, state } = aCluster(digestRevoked(), []);
    state.listed = [{ valid: false, name: 'incident-7', problem: 'spec.reason: Required' }];
    await expect(pass()).rejects.toThrow(TerminalError);
    await expect(pass()).rejects.toThrow(
      'ArtifactRevocation incident-7 is not understood: spec.reason: Required',
    );
  });

  it('is written for a successor of the same name at once', async () => {
    const { pass, state, written } = aCluster(digestRevoked(), [stored('a')]);
    await pass();
    const { metadata, spec } = digestRevoked();
    state.listed = [{ valid: true, value: { metadata: { ...metadata, uid: 'another' }, spec } }];
    expect(await pass()).toEqual({});
    expect(written).toHaveLength(2);
  });

  it('asks for the evidence on which it depends, and for none when digests are named', async () => {
    const signer = keySigner('leaked');
    const keys = [signer.kind === 'Key' ? signer.fingerprint : ''];
    const byKey = aCluster(aRevocation({ keys }), [stored('a')]);
    await byKey.pass();
    expect(byKey.examined).toEqual([STABLE, CANDIDATE]);
    const byDigest = aCluster(digestRevoked(), [stored('a')]);
    await byDigest.pass();
    expect(byDigest.examined).toEqual([]);
  });
});

describe('100 releases that roll back within ten seconds', () => {
  it('cost one write a second at most, and end in a status that says so', async () => {
    const releases = Array.from({ length: 100 }, (_, i) => stored(`release-${i}`));
    const { clock, state, written, reconciler } = aCluster(digestRevoked(), releases);
    const queue = new WorkQueue({ clock, metrics: new RecordedQueueMetrics() });
    const stopping = new AbortController();
    const controller = new Controller({
      name: 'revocations',
      queue,
      reconcile: (key, aborting) => reconciler.reconcile(key, aborting),
      workers: 1,
      clock,
      metrics: { observePass: () => undefined },
      onFailure: ({ error }) => {
        throw error;
      },
    });
    const running = controller.run({ stopping: stopping.signal, aborting: signal });
    for (let i = 0; i < 200; i++) {
      const release = i < 100 ? rollingBack : rolledBack;
      state.releases = state.releases.with(i % 100, stored(`release-${i % 100}`, release));
      queue.add('incident-7');
      await clock.advance(50);
    }
    await clock.advance(2_000);
    stopping.abort();
    await running;
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(12);
    expect(written.at(-1)).toMatchObject({ affected: 100, remaining: 0 });
    expect(written.at(-1)?.conditions[1]).toMatchObject({ status: 'True', reason: 'NothingRuns' });
  });
});
