import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../../src/api/artifact-release-status.ts';
import { digestsOf, usesOf } from '../../../src/domain/digest-uses.ts';
import {
  aFailure,
  anEntry,
  aPin,
  aRelease,
  CANDIDATE,
  iso,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';

const rolesOf = (release: Parameters<typeof usesOf>[0]) =>
  usesOf(release).map(({ role, digest }) => `${role} ${digest[7]}`);

const pastOf = (...history: HistoryEntry[]) =>
  usesOf(aRelease({ status: { history } })).filter(({ role }) => role === 'history');

describe('what a release has to do with digests', () => {
  it('is what its spec names, before it has a status', () => {
    expect(usesOf(aRelease())).toEqual([
      { digest: CANDIDATE, role: 'wanted', repository: REPOSITORY, version: '1.42.0' },
    ]);
  });

  it('begins with what runs', () => {
    expect(rolesOf(onCanary())).toEqual(['pinned a', 'stable a', 'candidate b', 'wanted b', 'history a']);
    expect(digestsOf(usesOf(onCanary()))).toEqual([STABLE, CANDIDATE]);
  });

  it('includes the digest that is being left', () => {
    expect(rolesOf(aRelease({ status: { failure: aFailure() } }))).toContain('leaving b');
  });

  it('takes the repository of a pin from its image, and nothing from a tag', () => {
    const pins = [
      aPin(STABLE, { image: `r.example/old@${STABLE}` }),
      aPin(STABLE, { image: `${REPOSITORY}:v1` }),
    ];
    const pinned = usesOf(aRelease({ status: { pins } })).filter(({ role }) => role === 'pinned');
    expect(pinned).toEqual([{ digest: STABLE, role: 'pinned', repository: 'r.example/old' }]);
  });
});

describe('how long a digest of the history ran', () => {
  const adopted = anEntry({ digest: STABLE, verdict: 'Adopted', startedAt: iso(), finishedAt: iso() });
  const promoted = anEntry({
    digest: NEXT,
    verdict: 'Promoted',
    startedAt: iso('1h'),
    finishedAt: iso('2h'),
  });
  const failed = anEntry({
    digest: CANDIDATE,
    verdict: 'RolledBack',
    startedAt: iso('30m'),
    finishedAt: iso('40m'),
  });

  it('is its trial, when it was not promoted', () => {
    expect(pastOf(failed, adopted)[0]).toMatchObject({ from: iso('30m'), to: iso('40m') });
  });

  it('is until the next one was promoted', () => {
    expect(pastOf(promoted, failed, adopted)[2]).toMatchObject({
      digest: STABLE,
      from: iso(),
      to: iso('2h'),
    });
  });

  it('has no end while nothing took its place', () => {
    expect(pastOf(failed, adopted)[1]).not.toHaveProperty('to');
  });

  it('is until it was left itself', () => {
    const left = anEntry({
      digest: NEXT,
      verdict: 'RolledBack',
      startedAt: iso('1h'),
      finishedAt: iso('3h'),
    });
    expect(pastOf(left, promoted, adopted)[1]).toMatchObject({ digest: NEXT, to: iso('3h') });
  });
});
