import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/domain/observation.ts';
import { protectionNotices } from '../../../src/domain/protection-news.ts';
import { decided, noticesOf } from '../../support/decisions.ts';
import { withCanary } from '../../support/observations.ts';
import { kept, keptUnread, type ProtectionAnswer, protections } from '../../support/protections.ts';
import { CANDIDATE, onCanary, STABLE } from '../../support/releases.ts';

const unread = keptUnread();
const saying = (answer: ProtectionAnswer) => kept({ [CANDIDATE]: protections[answer] });

/** What people are told while the candidate goes through these answers, one pass each. */
function told(...answers: readonly Pick<Observation, 'protection' | 'protectionState'>[]): string[][] {
  let release = onCanary();
  return answers.map((seen) => {
    const decision = decided(release, withCanary(seen), '1m');
    release = { ...release, status: decision.status };
    return noticesOf(decision).filter((reason) => reason.startsWith('Protection'));
  });
}

describe('notices of protection', () => {
  it('tell once of each digest that it is protected', () => {
    expect(told(kept(), kept(), kept())).toEqual([['ProtectionConfirmed', 'ProtectionConfirmed'], [], []]);
    expect(told(saying('Pending'), kept())).toEqual([['ProtectionConfirmed'], ['ProtectionConfirmed']]);
  });

  it.each(['Lost', 'Forbidden'] as const)('tell that it is %s, and once it is protected again', (answer) => {
    expect(told(kept(), saying(answer), saying(answer), kept())).toEqual([
      expect.anything(),
      ['ProtectionLost'],
      [],
      ['ProtectionRepaired'],
    ]);
  });

  it('of a loss carry digest, role and what is wrong', () => {
    const before = decided(onCanary(), withCanary(kept()), '1m').status;
    const after = decided({ ...onCanary(), status: before }, withCanary(saying('Lost')), '2m');
    expect(after.notices).toEqual([
      {
        type: 'Warning',
        reason: 'ProtectionLost',
        message: 'bbbbbbbb (Candidate) is not protected any more: layer 4f53cda1 is gone',
      },
    ]);
  });

  it('say nothing of an outage, nor of its end', () => {
    expect(told(kept(), saying('Outage'), kept())).toEqual([expect.anything(), [], []]);
  });

  it('say nothing of what was never protected', () => {
    expect(told(saying('Lost'), saying('Outage'))).toEqual([['ProtectionConfirmed'], []]);
    const listed = kept({ [CANDIDATE]: protections.ReportOnly, [STABLE]: protections.ReportOnly }, 'Report');
    expect(told(listed)).toEqual([[]]);
  });

  it('are not repeated after a restart', () => {
    expect(told(kept(), unread, kept())).toEqual([expect.anything(), [], []]);
    expect(told(kept(), saying('Lost'), unread, saying('Lost'))).toEqual([
      expect.anything(),
      ['ProtectionLost'],
      [],
      [],
    ]);
  });

  it('are none where nothing is asked for', () => {
    const { status } = decided(onCanary(), withCanary(), '1m');
    expect(protectionNotices(undefined, status, withCanary())).toEqual([]);
  });

  it('warn once of each thing that cannot be done with what is given up, until it is over', () => {
    const failing = (...reasons: readonly ('ArchiveFailed' | 'ReleaseBlocked')[]) => {
      const problems = reasons.map((reason) => ({ reason, message: 'down' }));
      return { ...kept(), protectionState: { ...kept().protectionState, problems } };
    };
    let release = onCanary();
    const tell = (seen: Pick<Observation, 'protection' | 'protectionState'>) => {
      const decision = decided(release, withCanary(seen), '1m');
      release = { ...release, status: decision.status };
      return decision.notices.filter(
        ({ reason }) => reason === 'ArchiveFailed' || reason === 'ReleaseBlocked',
      );
    };
    const archive = { type: 'Warning', reason: 'ArchiveFailed', message: 'down' };
    expect(tell(kept())).toEqual([]);
    expect(tell(failing('ArchiveFailed'))).toEqual([archive]);
    expect(tell(failing('ArchiveFailed', 'ReleaseBlocked'))).toEqual([
      { ...archive, reason: 'ReleaseBlocked' },
    ]);
    expect(tell(kept())).toEqual([]);
    expect(tell(failing('ArchiveFailed'))).toEqual([archive]);
  });

  it('tell what was archived, once, and nothing of what was there before', () => {
    const archivedAt = (minute: number) => ({
      digest: STABLE,
      repository: 'archive.example.com/checkout',
      archivedAt: `2026-06-01T12:0${minute}:00.000Z`,
    });
    const { status } = onCanary();
    if (status === undefined) throw new Error('no status');
    const having = (minutes: readonly number[]) => ({
      ...status,
      protection: { mode: 'Tags' as const, digests: [], archived: minutes.map(archivedAt) },
    });
    const tell = (before: number[] | undefined, after: number[]) =>
      protectionNotices(before ? having(before) : status, having(after), { protection: new Map() }).map(
        ({ reason }) => reason,
      );
    expect(tell([], [1])).toEqual(['Archived']);
    expect(tell([1], [1])).toEqual([]);
    expect(tell([1], [2, 1])).toEqual(['Archived']);
    expect(tell(undefined, [1])).toEqual([]);
  });
});
