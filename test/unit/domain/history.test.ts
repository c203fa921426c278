import { describe, expect, it } from 'vitest';
import { entryOf, newestEntry, proven, refusal, remember } from '../../../src/domain/history.ts';
import { aCandidate, anEntry, aStatus, at, CANDIDATE, STABLE } from '../../support/releases.ts';

describe('the history', () => {
  it('keeps the ten newest, newest first', () => {
    let state = aStatus({ history: [] });
    for (let attempt = 1; attempt <= 12; attempt++) {
      state = { ...state, ...remember(state, anEntry({ attempt })) };
    }
    expect(state.history?.map((entry) => entry.attempt)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });

  it('has the numbers of the newest failure only, however much passes after it', () => {
    const [first, second] = ['burn 9.7x > 1x', 'burn 14.0x > 1x'];
    const failed = remember(remember(aStatus({ history: [] }), anEntry({ message: first })), anEntry());
    expect(failed.history?.map((entry) => entry.message)).toEqual([undefined, first]);
    const again = remember(failed, anEntry({ message: second }));
    expect(again.history?.map((entry) => entry.message)).toEqual([second, undefined, undefined]);
  });

  it('knows nothing where there is none', () => {
    expect(newestEntry({ phase: 'Pending', phaseStartedAt: '' }, STABLE)).toBeUndefined();
  });

  it.each([
    ['RolledBack', true, false],
    ['Aborted', true, false],
    ['Superseded', false, false],
    ['Promoted', false, true],
    ['Adopted', false, true],
  ] as const)('%s: the digest is refused %s, proven %s', (verdict, isRefused, isProven) => {
    const state = aStatus({ history: [anEntry({ digest: CANDIDATE, verdict })] });
    expect(refusal(state, CANDIDATE) !== undefined).toBe(isRefused);
    expect(proven(state, CANDIDATE) !== undefined).toBe(isProven);
  });

  it('believes the newest entry of a digest', () => {
    const old = anEntry({ digest: CANDIDATE, verdict: 'Promoted' });
    const state = aStatus({ history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack' }), old] });
    expect(proven(state, CANDIDATE)).toBeUndefined();
  });
});

describe('the entry of a trial', () => {
  it('says who approved it, unless somebody ended it', () => {
    const candidate = aCandidate({ approvedBy: 'alice', version: undefined });
    expect(entryOf(candidate, 'Promoted', 'Promoted', at('1h'), { budgetSpent: 0.5 })).toMatchObject({
      approvedBy: 'alice',
      budgetSpent: 0.5,
      finishedAt: at('1h').toISOString(),
    });
    expect(entryOf(candidate, 'Aborted', 'Aborted', at(), { by: 'bob' })).toMatchObject({
      approvedBy: 'bob',
    });
  });

  it('says who let it go on without a way back, where nobody approved more', () => {
    const waived = aCandidate({ waivedBy: 'alice' });
    expect(entryOf(waived, 'Promoted', 'Promoted', at())).toMatchObject({ approvedBy: 'alice' });
    const approved = { ...waived, approvedBy: 'bob' };
    expect(entryOf(approved, 'Promoted', 'Promoted', at())).toMatchObject({ approvedBy: 'bob' });
  });

  it('leaves out what is not known', () => {
    const { version: _, ...candidate } = aCandidate();
    expect(Object.keys(entryOf(candidate, 'Superseded', 'Superseded', at()))).not.toContain('version');
    expect(Object.keys(entryOf(candidate, 'Superseded', 'Superseded', at()))).not.toContain('approvedBy');
  });
});
