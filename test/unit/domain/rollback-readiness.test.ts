import { describe, expect, it } from 'vitest';
import { conditionOf, decided } from '../../support/decisions.ts';
import { anObservation, aTarget, rolling, withCanary } from '../../support/observations.ts';
import { GOOD, OLDER, proofs, told } from '../../support/proofs.ts';
import { kept, keptUnread, protections } from '../../support/protections.ts';
import {
  aFailure,
  anEntry,
  aRelease,
  CANDIDATE,
  onCanary,
  REPOSITORY,
  type ReleaseChanges,
  STABLE,
} from '../../support/releases.ts';

const promoted = (digest: string) => anEntry({ digest, verdict: 'Promoted', reason: 'Promoted' });
const history = [anEntry(), promoted(GOOD), promoted(OLDER)];

/** At rest, with two digests that were promoted before stable. */
const seasoned = (spec: ReleaseChanges['spec'] = {}, status: ReleaseChanges['status'] = {}) =>
  aRelease({
    spec: { artifact: { repository: REPOSITORY, digest: STABLE }, ...spec },
    status: { history, ...status },
  });
const messageOf = ({ status }: ReturnType<typeof decided>) =>
  status.conditions.find(({ type }) => type === 'RollbackReady')?.message;

describe('the way back', () => {
  it.each([
    ['protected', kept(), told({}), 'True RollbackReady', 'aaaaaaaa is verified and protected'],
    [
      'not verified',
      kept(),
      told({ [STABLE]: proofs.Refused }),
      'False RollbackNotReady',
      'aaaaaaaa, which is not verified: no signature',
    ],
    [
      'of unknown proof',
      kept(),
      told({ [STABLE]: proofs.Unknown }),
      'Unknown RollbackNotReady',
      'the registry does not answer',
    ],
    [
      'lost',
      kept({ [STABLE]: protections.Lost }),
      told({}),
      'False RollbackNotReady',
      'aaaaaaaa, which is not protected: layer 4f53cda1 is gone',
    ],
    [
      'not protected yet',
      kept({ [STABLE]: protections.Pending }),
      told({}),
      'Unknown RollbackNotReady',
      'read back at',
    ],
    [
      'only listed',
      kept({ [STABLE]: protections.ReportOnly }, 'Report'),
      told({}),
      'False RollbackNotReady',
      'listed',
    ],
  ])('of a canary is stable: %s', (_, protection, verification, condition, words) => {
    const decision = decided(onCanary(), withCanary({ ...protection, verification }), '1m');
    expect(conditionOf(decision, 'RollbackReady')).toBe(condition);
    expect(messageOf(decision)).toContain(words);
  });

  it('of a roll-back is where it goes', () => {
    const release = seasoned({}, { phase: 'RollingBack', failure: aFailure() });
    const seen = { ...kept({ [STABLE]: protections.Outage }), targets: [aTarget({ workload: rolling() })] };
    const decision = decided(release, anObservation(seen), '1m');
    expect(conditionOf(decision, 'RollbackReady')).toBe('Unknown RollbackNotReady');
    expect(messageOf(decision)).toContain('aaaaaaaa, which is not protected: the registry does not answer');
  });

  it.each([
    ['the newest of the history', kept(), 'True RollbackReady', 'dddddddd is protected; its proof is read'],
    [
      'not one that is lost, where another is there',
      kept({ [GOOD]: protections.Lost }),
      'True RollbackReady',
      'eeeeeeee is protected',
    ],
    [
      'one that is lost, where no other is there',
      kept({ [GOOD]: protections.Lost, [OLDER]: protections.Lost }),
      'False RollbackNotReady',
      'dddddddd, which is not protected: layer',
    ],
    [
      'unknown while its registry is',
      kept({ [GOOD]: protections.Outage }),
      'Unknown RollbackNotReady',
      'answer',
    ],
  ])('at rest is %s', (_, protection, condition, words) => {
    const decision = decided(seasoned(), anObservation({ ...protection, verification: new Map() }));
    expect(conditionOf(decision, 'RollbackReady')).toBe(condition);
    expect(messageOf(decision)).toContain(words);
  });

  it('at rest is not one that is known to be revoked', () => {
    const verification = told({ [STABLE]: proofs.Reported, [GOOD]: proofs.Revoked });
    const decision = decided(seasoned(), anObservation({ ...kept(), verification }));
    expect(messageOf(decision)).toContain('eeeeeeee is protected');
  });

  it('is not one that is older than what is kept', () => {
    const release = seasoned({ protection: { mode: 'Tags', rollbackCandidates: 0 } });
    const decision = decided(release, anObservation(kept()));
    expect(conditionOf(decision, 'RollbackReady')).toBe('False RollbackNotReady');
    expect(messageOf(decision)).toContain('older than what rollbackCandidates and rollbackMaxAge keep');
  });

  it('is none before anything else was promoted', () => {
    const decision = decided(seasoned({}, { history: [anEntry()] }), anObservation(kept()));
    expect(conditionOf(decision, 'RollbackReady')).toBe('False NothingToReturnTo');
  });

  it('is not ready where nobody asks for it', () => {
    expect(conditionOf(decided(seasoned()), 'RollbackReady')).toBe('False NotConfigured');
    expect(conditionOf(decided(onCanary(), withCanary(), '1m'), 'RollbackReady')).toBe('False NotConfigured');
  });

  it.each([
    ['ready', kept()],
    ['lost', kept({ [GOOD]: protections.Lost })],
    ['all lost', kept({ [GOOD]: protections.Lost, [OLDER]: protections.Lost })],
  ])('that is %s is the same after a restart, while the answer is awaited', (_, protection) => {
    const before = decided(seasoned(), anObservation(protection));
    const restarted = decided({ ...seasoned(), status: before.status }, anObservation(keptUnread()), '1m');
    expect(restarted.status).toEqual(before.status);
    expect([restarted.notices, restarted.effects]).toEqual([[], []]);
  });

  it('is told anew as soon as it is another digest', () => {
    const before = decided(seasoned(), anObservation(kept()));
    const release = { ...onCanary(), status: { ...onCanary().status, conditions: before.status.conditions } };
    const decision = decided(release as typeof before & typeof release, withCanary(keptUnread()), '1m');
    expect(conditionOf(decision, 'RollbackReady')).toBe('Unknown RollbackNotReady');
  });
});

describe('Protected', () => {
  const protectedAs = (answer: keyof typeof protections, mode: 'Tags' | 'Report' = 'Tags') =>
    decided(onCanary(), withCanary(kept({ [CANDIDATE]: protections[answer] }, mode)), '1m');

  it.each([
    ['Protected', 'True Protected'],
    ['Pending', 'Unknown ProtectionPending'],
    ['Outage', 'Unknown RegistryUnavailable'],
    ['Lost', 'False BlobsLost'],
    ['ReportOnly', 'False ReportOnly'],
  ] as const)('is about the digest under trial: %s', (answer, condition) => {
    expect(conditionOf(protectedAs(answer), 'Protected')).toBe(condition);
  });

  it('is False where nobody asks for it', () => {
    expect(conditionOf(decided(onCanary(), withCanary(), '1m'), 'Protected')).toBe('False NotConfigured');
  });
});
