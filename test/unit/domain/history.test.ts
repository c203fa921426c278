import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/api/artifact-release-spec.ts';
import { entryOf, newestEntry, proven, refusal, remember } from '../../../src/domain/history.ts';
import type { State } from '../../../src/domain/situation.ts';
import { digestOf } from '../../support/release-manifest.ts';
import {
  aCandidate,
  anEntry,
  aSpec,
  aStatus,
  at,
  CANDIDATE,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';

describe('the history', () => {
  it('keeps the ten newest, newest first', () => {
    let state = aStatus({ history: [] });
    for (let attempt = 1; attempt <= 12; attempt++) {
      state = { ...state, ...remember(state, anEntry({ attempt }), aSpec()) };
    }
    expect(state.history?.map((entry) => entry.attempt)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });

  it('has the numbers of the newest failure only, however much passes after it', () => {
    const [first, second] = ['burn 9.7x > 1x', 'burn 14.0x > 1x'];
    const failed = remember(
      remember(aStatus({ history: [] }), anEntry({ message: first }), aSpec()),
      anEntry(),
      aSpec(),
    );
    expect(failed.history?.map((entry) => entry.message)).toEqual([undefined, first]);
    const again = remember(failed, anEntry({ message: second }), aSpec());
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

describe('ten failed releases', () => {
  const good = ['1', '2', '3', '4'].map(digestOf);
  const promoted = good.map((digest) => anEntry({ digest, verdict: 'Promoted', reason: 'Promoted' }));
  const failed = (digest: string) => anEntry({ digest, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' });
  const failing = Array.from({ length: 11 }, (_, index) => digestOf((index + 5).toString(16)));
  const digestsOf = (state: State) => state.history?.map(({ digest }) => digest) ?? [];

  /** Stable is the first of four that were promoted; then these fail, one after the other. */
  const whenFailed = (digests: readonly string[], spec: Spec) =>
    digests.reduce<State>(
      (state, digest) => remember(state, failed(digest), spec),
      aStatus({ stable: { digest: digestOf('1') }, history: promoted }),
    );

  it.each([
    [0, good.slice(0, 1)],
    [2, good.slice(0, 3)],
    [10, good],
  ])('leave stable and the newest %i that were promoted before it', (rollbackCandidates, expected) => {
    const state = whenFailed(failing, aSpec({ protection: { rollbackCandidates } }));
    const newest = failing.toReversed().slice(0, 10 - expected.length);
    expect(digestsOf(state)).toEqual([...newest, ...expected]);
  });

  it('spare no digest that was rolled back since it was promoted', () => {
    const spec = aSpec({ protection: { rollbackCandidates: 2 } });
    const state = whenFailed([digestOf('2'), ...failing], spec);
    expect(digestsOf(state).slice(-3)).toEqual([digestOf('1'), digestOf('3'), digestOf('4')]);
    expect(proven(state, digestOf('2'))).toBeUndefined();
  });

  it('leave why the digest that the spec names is refused', () => {
    const spec = aSpec({ artifact: { repository: REPOSITORY, digest: CANDIDATE } });
    const state = whenFailed([CANDIDATE, ...failing.filter((digest) => digest !== CANDIDATE)], spec);
    expect(refusal(state, CANDIDATE)).toBeDefined();
    expect(state.history).toHaveLength(10);
  });

  it('leave the newest of all, however many are to be kept', () => {
    const many = Array.from({ length: 10 }, (_, index) => digestOf(index.toString(16)));
    const full = aStatus({ history: many.map((digest) => anEntry({ digest, verdict: 'Promoted' })) });
    const spec = aSpec({ protection: { rollbackCandidates: 10 } });
    const state = remember(full, failed(CANDIDATE), spec);
    expect(digestsOf(state)).toEqual([CANDIDATE, ...many.slice(0, 9)]);
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
