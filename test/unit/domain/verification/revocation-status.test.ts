import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import { RevocationStatus } from '../../../../src/api/revocation-status.ts';
import type { ReleaseInUse } from '../../../../src/domain/verification/affected-release.ts';
import { keySigner, signatureBy } from '../../../support/evidence.ts';
import { digestOf } from '../../../support/release-manifest.ts';
import {
  anEntry,
  aRelease,
  at,
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
  report,
  rolledBack,
  rollingBack,
  stableRevoked,
  statusOf,
} from '../../../support/revocation-reports.ts';

const notUnderstood: ReleaseInUse = { namespace: 'shop', name: 'broken' };

describe('a revocation', () => {
  it('that is a dry run lists what it would affect, and forgets what no longer is', () => {
    const spec = { ...candidateRevoked, dryRun: true };
    const status = statusOf(spec, { releases: [asStored(onCanary()), asStored(elsewhere, 'other')] });
    expect(status.releases.map(({ name, state }) => [name, state])).toEqual([['checkout', 'WouldAffect']]);
    expect(condition(status, 'Complete')).toBe('True DryRun');
    const after = statusOf(spec, { releases: [asStored(elsewhere)], before: status });
    expect(after).toMatchObject({ affected: 0, remaining: 0, releases: [] });
  });

  it('is complete when the last release has left the digest, and not before', () => {
    const both = (first: ArtifactRelease, second: ArtifactRelease) => [
      asStored(first, 'first'),
      asStored(second, 'second'),
    ];
    const running = statusOf(candidateRevoked, { releases: both(onCanary(), inBake()) });
    expect(running).toMatchObject({ affected: 2, remaining: 2 });
    const half = statusOf(candidateRevoked, { releases: both(rolledBack, inBake()), before: running });
    expect(half).toMatchObject({ affected: 2, remaining: 1 });
    expect(condition(half, 'Complete')).toBe('False InProgress');
    const done = statusOf(candidateRevoked, { releases: both(rolledBack, elsewhere), before: half });
    expect(done).toMatchObject({ affected: 2, remaining: 0 });
    expect(done.releases.map(({ state }) => state)).toEqual(['RolledBack', 'RolledBack']);
    expect(condition(done, 'Complete')).toBe('True NothingRuns');
  });

  it('says the same of the same world, so that nothing is written twice', () => {
    const releases = [asStored(onCanary()), notUnderstood];
    const first = statusOf(candidateRevoked, { releases });
    expect(statusOf(candidateRevoked, { releases, before: first, now: at('1h') })).toEqual(first);
  });

  it('keeps the time of a state while it lasts, and that of a condition', () => {
    const first = statusOf(candidateRevoked, { releases: [asStored(onCanary())] });
    const later = { before: first, now: at('5m') };
    const same = statusOf(candidateRevoked, { releases: [asStored(rollingBack)], ...later });
    expect(same.releases[0]?.since).toBe(iso());
    const next = statusOf(candidateRevoked, { releases: [asStored(rolledBack)], ...later });
    expect(next.releases[0]?.since).toBe(iso('5m'));
    expect(next.conditions.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([iso(), iso('5m')]);
  });

  it('begins anew when its spec changes', () => {
    const before = statusOf(candidateRevoked, { releases: [asStored(onCanary())] });
    const changed = { releases: [asStored(elsewhere)], before, generation: 2 };
    expect(statusOf(stableRevoked, { ...changed, releases: [] })).toMatchObject({
      observedGeneration: 2,
      digests: [STABLE],
      affected: 0,
      releases: [],
    });
  });

  it('names a release that was deleted before it had left the digest: its workload runs on', () => {
    const before = statusOf(candidateRevoked, { releases: [asStored(inBake())] });
    const status = statusOf(candidateRevoked, { releases: [], before });
    expect(status).toMatchObject({ affected: 1, remaining: 0, releases: [{ state: 'Deleted' }] });
    expect(status.conditions[1]?.message).toContain('look at the workloads left by: shop/checkout');
  });

  it.each([
    false,
    true,
  ])('leaves alone what another operator says of its namespaces, dry run %s', (dryRun) => {
    const spec = { ...candidateRevoked, dryRun };
    const before = statusOf(spec, { releases: [asStored(onCanary())] });
    const elsewhereToo = statusOf(spec, { releases: [], before, watched: 'other' });
    expect(elsewhereToo.releases).toEqual(before.releases);
    expect(elsewhereToo).toMatchObject({ affected: 1, remaining: 1 });
  });

  it('says whom it does not understand, and claims neither to be ready nor complete', () => {
    const status = statusOf(candidateRevoked, { releases: [notUnderstood] });
    expect(condition(status, 'Ready')).toBe('Unknown ReleaseNotUnderstood');
    expect(condition(status, 'Complete')).toBe('Unknown ReleaseNotUnderstood');
    expect(status.conditions[0]?.message).toContain('shop/broken');
  });
});

describe('a revocation of one platform', () => {
  it('is about the index that the release names, where that is known', () => {
    const [releases, spec] = [[asStored(onCanary())], { digests: [NEXT] }];
    expect(statusOf(spec, { releases }).releases).toEqual([]);
    const evidence = new Map([[CANDIDATE, []]]);
    const status = statusOf(spec, { releases, evidence, platforms: [NEXT] });
    expect(status.digests).toEqual([NEXT, CANDIDATE]);
    expect(status.releases[0]).toMatchObject({ digest: CANDIDATE, state: 'Aborting' });
  });
});

describe('a revocation of a key', () => {
  const leaked = keySigner('leaked');
  const spec = { keys: [leaked.kind === 'Key' ? leaked.fingerprint : ''] };
  const byLeaked = [signatureBy('a', { signer: leaked })];
  const byOther = [signatureBy('b')];
  const releases = [asStored(onCanary())];

  it('finds the digests that it signed, and tells admission', () => {
    const evidence = new Map([
      [CANDIDATE, byLeaked],
      [STABLE, byOther],
    ]);
    const status = statusOf(spec, { releases, evidence });
    expect(status.digests).toEqual([CANDIDATE]);
    expect(status.releases[0]).toMatchObject({ digest: CANDIDATE, state: 'Aborting' });
    expect(condition(status, 'Ready')).toBe('True Listed');
  });

  it('is not ready while evidence is missing, and names the digests to read', () => {
    const { status, unknown } = report(spec, { releases, evidence: new Map([[STABLE, byOther]]) });
    expect(unknown).toEqual([CANDIDATE]);
    expect(condition(status, 'Ready')).toBe('Unknown EvidenceUnknown');
    expect(condition(status, 'Complete')).toBe('Unknown EvidenceUnknown');
  });

  it('does not ask about what only the history names, and tells what is known of it', () => {
    const past = [anEntry({ digest: NEXT, verdict: 'RolledBack' }), anEntry()];
    const release = [asStored(aRelease({ status: { history: past } }))];
    expect(report(spec, { releases: release }).unknown).not.toContain(NEXT);
    const evidence = new Map([[NEXT, byLeaked]]);
    expect(statusOf(spec, { releases: release, evidence }).digests).toEqual([NEXT]);
  });

  it('forgets no digest when its evidence is forgotten', () => {
    const before = statusOf(spec, { releases, evidence: new Map([[CANDIDATE, byLeaked]]) });
    expect(statusOf(spec, { releases, before }).digests).toEqual([CANDIDATE]);
    expect(statusOf(spec, { releases, before, generation: 2 }).digests).toEqual([CANDIDATE]);
    const cleared = new Map([[CANDIDATE, byOther]]);
    expect(statusOf(spec, { releases, before, generation: 2, evidence: cleared }).digests).toEqual([]);
  });
});

describe('a revocation of many', () => {
  const many = Array.from({ length: 150 }, (_, i) =>
    asStored(onCanary(), `release-${String(i).padStart(3, '0')}`),
  );

  it('lists 100 and counts the rest', () => {
    const status = statusOf(candidateRevoked, { releases: many });
    expect(status).toMatchObject({ affected: 150, remaining: 150 });
    expect(status.releases).toHaveLength(100);
    expect(RevocationStatus.parse(status)).toEqual(status);
  });

  it('keeps who is listed, and the count, when others finish first', () => {
    const before = statusOf(candidateRevoked, { releases: many });
    const releases = many.map((one, i) => (i < 120 ? one : asStored(elsewhere, one.name)));
    const status = statusOf(candidateRevoked, { releases, before });
    expect(status.releases).toEqual(before.releases);
    expect(status).toMatchObject({ affected: 150, remaining: 120 });
  });

  it('says so when more digests fall under it than admission can be told', () => {
    const digestNumber = (i: number) => `sha256:${String(i).padStart(64, '0')}`;
    const signer = keySigner('leaked');
    const evidence = new Map(
      Array.from({ length: 300 }, (_, i) => [digestNumber(i), [signatureBy('a', { signer })]]),
    );
    const releases = [...evidence.keys()].map((digest, i) =>
      asStored(aRelease({ spec: { artifact: { repository: 'r.example/a', digest } } }), `release-${i}`),
    );
    const keys = [signer.kind === 'Key' ? signer.fingerprint : digestOf('0')];
    const status = statusOf({ keys }, { releases, evidence });
    expect(status.digests).toHaveLength(256);
    expect(condition(status, 'Ready')).toBe('False TooManyDigests');
    expect(status.conditions[0]?.message).toContain('44 more digests');
    expect(status.affected).toBe(300);
  });
});
