import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import type { Signal, VerificationRecord } from '../../../src/api/verification-status.ts';
import { newSignals, verificationNotices } from '../../../src/domain/verification-news.ts';
import { aCandidate, aStatus, CANDIDATE, STABLE } from '../../support/releases.ts';

const moved: Signal = { type: 'TagMoved', message: 'tag 1.42.0 names another digest' };
const changed: Signal = { type: 'SignerChanged', message: 'signed by mallory' };

const withRecord = (changes: Partial<VerificationRecord>, status: Partial<Status> = {}): Status =>
  aStatus({
    verification: {
      digest: STABLE,
      state: 'Verified',
      reason: 'Verified',
      policyHash: 'abc',
      signatures: [],
      attestations: [],
      ...changes,
    },
    ...status,
  });
const reasons = (before: Status | undefined, after: Status) =>
  verificationNotices(before, after).map(({ reason }) => reason);

describe('signals', () => {
  it('are told once each, in their words', () => {
    const first = withRecord({ signals: [moved] });
    expect(verificationNotices(undefined, first)).toEqual([
      { type: 'Warning', reason: 'TagMoved', message: 'aaaaaaaa: tag 1.42.0 names another digest' },
    ]);
    const second = withRecord({ signals: [{ ...moved, message: 'tag names a third digest' }, changed] });
    expect(reasons(first, second)).toEqual(['SignerChanged']);
    expect(newSignals(first, second)).toEqual([changed]);
    expect(reasons(second, second)).toEqual([]);
  });

  it('of a digest under trial are its own', () => {
    const stable = withRecord({ signals: [moved] });
    const trial = withRecord({ digest: CANDIDATE, signals: [moved] }, { candidate: aCandidate() });
    expect(reasons(stable, trial)).toEqual(['TagMoved']);
    expect(reasons(trial, stable)).toEqual([]);
    expect(newSignals(trial, stable)).toEqual([]);
  });
});

describe('warnings of policies in mode warn', () => {
  it('are told together, once, however their words change', () => {
    const first = withRecord({ warnings: ['no scan', 'no SBOM'] });
    expect(verificationNotices(withRecord({}), first)).toEqual([
      {
        type: 'Warning',
        reason: 'VerificationFailed',
        message: 'aaaaaaaa does not prove what policies in mode warn ask for: no scan; no SBOM',
      },
    ]);
    expect(reasons(first, withRecord({ warnings: ['the scan is 3 days old'] }))).toEqual([]);
  });

  it('are not there without a record', () => {
    expect(reasons(withRecord({}), aStatus())).toEqual([]);
  });
});
