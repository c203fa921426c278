import { describe, expect, it } from 'vitest';
import { keptDigests } from '../../../../src/domain/protection/kept-digests.ts';
import { GOOD, OLDER } from '../../../support/proofs.ts';
import {
  aFailure,
  anEntry,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  REPOSITORY,
  type ReleaseChanges,
  STABLE,
} from '../../../support/releases.ts';

const promoted = (digest: string, finishedAt = iso()) =>
  anEntry({ digest, verdict: 'Promoted', reason: 'Promoted', finishedAt });
const history = [promoted(STABLE), promoted(GOOD), promoted(OLDER)];
const rolesIn = (changes: ReleaseChanges, when = '0s') =>
  keptDigests(aRelease(changes), at(when)).map(({ digest, role }) => [digest, role]);

describe('the digests that are kept', () => {
  it('are what runs, what is tried and what may be returned to', () => {
    const kept = keptDigests(inBake({ status: { history } }), at());
    expect(kept.map(({ digest, role }) => [digest, role])).toEqual([
      [STABLE, 'Stable'],
      [CANDIDATE, 'Candidate'],
      [GOOD, 'Rollback'],
      [OLDER, 'Rollback'],
    ]);
  });

  it('have the one that the spec names before anything is known, and not once it is refused', () => {
    expect(rolesIn({})).toEqual([[CANDIDATE, 'Candidate']]);
    const failed = anEntry({ digest: CANDIDATE, verdict: 'RolledBack' });
    expect(rolesIn({ status: { history: [failed] } })).toEqual([[STABLE, 'Stable']]);
  });

  it('have what is still pinned, whatever else it is', () => {
    expect(rolesIn({ status: { pins: [aPin(NEXT)] } })).toContainEqual([NEXT, 'Leaving']);
  });

  it('have as many to return to as are asked for, beside what is being left', () => {
    const protection = { mode: 'Tags', rollbackCandidates: 1 };
    const artifact = { repository: REPOSITORY, digest: STABLE };
    const leaving = { history, stable: { digest: GOOD }, failure: aFailure({ digest: STABLE }), pins: [] };
    expect(rolesIn({ spec: { protection, artifact }, status: leaving })).toEqual([
      [GOOD, 'Stable'],
      [STABLE, 'Leaving'],
      [OLDER, 'Rollback'],
    ]);
  });

  it('have nothing to return to that was replaced too long ago', () => {
    const protection = { mode: 'Tags', rollbackMaxAge: '1d' };
    const past = [promoted(STABLE, iso('1h')), promoted(GOOD), promoted(OLDER)];
    const changes = { spec: { protection }, status: { history: past } };
    expect(rolesIn(changes, '24h').map(([digest]) => digest)).toContain(GOOD);
    expect(rolesIn(changes, '24h').map(([digest]) => digest)).not.toContain(OLDER);
    expect(rolesIn(changes, '26h').map(([digest]) => digest)).not.toContain(GOOD);
  });
});
