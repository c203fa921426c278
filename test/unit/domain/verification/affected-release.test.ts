import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { RevocationStatus } from '../../../../src/api/revocation-status.ts';
import {
  aFailure,
  anEntry,
  aPin,
  aRelease,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';
import {
  asStored,
  candidateRevoked,
  condition,
  elsewhere,
  rolledBack,
  rollingBack,
  stableRevoked,
  statusOf,
} from '../../../support/revocation-reports.ts';

const stateOf = (spec: object, release: ArtifactRelease, before?: RevocationStatus) =>
  statusOf(spec, { releases: [asStored(release)], ...(before && { before }) }).releases[0]?.state;

describe('the state of a release under a revocation', () => {
  it.each([
    ['Blocked: it wants the digest, and nothing has started', aRelease({ status: {} })],
    ['Blocked: no pod was started yet', onCanary({ status: { phase: 'Verifying' } })],
    ['Blocked: that is its phase', onCanary({ status: { phase: 'Blocked' } })],
    ['Blocked: suspended before any pod', onCanary({ status: { phase: 'Suspended', suspended: 'Pending' } })],
    ['Blocked: it has no status yet', aRelease()],
    ['Aborting: its canary runs', onCanary()],
    ['Aborting: its canary is being taken away', rollingBack],
    ['RollingBack: its workloads are pinned to it', inBake()],
    ['RolledBack: its history says that it was left for this', rolledBack],
  ])('is %s', (expected, release) => {
    expect(stateOf(candidateRevoked, release)).toBe(expected.split(':')[0]);
  });

  it('is RollingBack while stable is revoked, and after that until the roll-back is over', () => {
    expect(stateOf(stableRevoked, elsewhere)).toBe('RollingBack');
    const leaving = aRelease({
      status: {
        phase: 'RollingBack',
        failure: aFailure({ digest: STABLE, reason: 'Revoked' }),
        stable: { digest: NEXT },
        pins: [aPin(NEXT)],
      },
    });
    expect(stateOf(stableRevoked, leaving)).toBe('RollingBack');
  });

  it('stays RollingBack when a promoted digest leaves as a canary would', () => {
    const before = statusOf(candidateRevoked, { releases: [asStored(inBake())] });
    expect(stateOf(candidateRevoked, rollingBack, before)).toBe('RollingBack');
  });

  it('is NoSafeDigest where there is nothing to go back to', () => {
    const stuck = aRelease({
      status: {
        phase: 'Blocked',
        conditions: [
          {
            type: 'Stalled',
            status: 'True',
            observedGeneration: 1,
            lastTransitionTime: iso(),
            reason: 'NoSafeDigest',
            message: 'stuck',
          },
        ],
      },
    });
    const status = statusOf(stableRevoked, { releases: [asStored(stuck)] });
    expect(status.releases[0]?.state).toBe('NoSafeDigest');
    expect(condition(status, 'Complete')).toBe('False NoSafeDigest');
    expect(status.conditions[1]?.message).toContain('shop/checkout; release another digest there');
  });

  it.each([
    ['Reported: it runs as stable', stableRevoked, elsewhere],
    ['Aborting: no trial goes on', candidateRevoked, onCanary()],
    ['RollingBack: nor does a bake', candidateRevoked, inBake()],
    ['Blocked: none begins', candidateRevoked, aRelease({ status: {} })],
  ])('where the action is Report is %s', (expected, spec, release) => {
    expect(stateOf({ ...spec, action: 'Report' }, release)).toBe(expected.split(':')[0]);
  });

  it('is complete where the action is Report and only stable runs it', () => {
    const status = statusOf({ ...stableRevoked, action: 'Report' }, { releases: [asStored(elsewhere)] });
    expect(status).toMatchObject({ affected: 1, remaining: 1 });
    expect(condition(status, 'Complete')).toBe('True ReportOnly');
  });

  it('is nothing where the digest was rolled back for another reason, or never seen', () => {
    const burnt = aRelease({
      status: {
        phase: 'RolledBack',
        history: [
          anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' }),
          anEntry(),
        ],
      },
    });
    expect(stateOf(candidateRevoked, burnt)).toBeUndefined();
    expect(stateOf(candidateRevoked, elsewhere)).toBeUndefined();
  });
});
