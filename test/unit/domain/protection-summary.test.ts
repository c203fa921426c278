import { describe, expect, it } from 'vitest';
import { Status } from '../../../src/api/artifact-release-status.ts';
import { MAX_ARCHIVED, MAX_KEPT } from '../../../src/api/protection-status.ts';
import { isSameNews } from '../../../src/domain/status-news.ts';
import { decided } from '../../support/decisions.ts';
import { anObservation, withCanary } from '../../support/observations.ts';
import { GOOD } from '../../support/proofs.ts';
import { kept, keptUnread, protections } from '../../support/protections.ts';
import { digestOf } from '../../support/release-manifest.ts';
import { anEntry, aRelease, CANDIDATE, iso, onCanary, REPOSITORY, STABLE } from '../../support/releases.ts';

const history = [anEntry(), anEntry({ digest: GOOD, verdict: 'Promoted', reason: 'Promoted' })];
const trial = onCanary({ status: { history } });
const archivedAs = (digest: string) => ({
  digest,
  repository: 'registry.example.com/archive/checkout',
  archivedAt: iso(),
});

describe('what status tells of protection', () => {
  it('names every digest that is kept, what it is for, and how far that is', () => {
    const seen = withCanary(kept({ [CANDIDATE]: protections.Pending }));
    expect(decided(trial, seen, '1m').status.protection).toEqual({
      mode: 'Tags',
      digests: [
        { digest: STABLE, role: 'Stable', reason: 'Protected', members: 3 },
        { digest: CANDIDATE, role: 'Candidate', reason: 'ProtectionPending' },
        { digest: GOOD, role: 'Rollback', reason: 'Protected', members: 3 },
      ],
    });
  });

  it('is nothing where nothing is asked for, also when that was otherwise before', () => {
    const before = decided(trial, withCanary(kept()), '1m').status;
    expect(decided(trial, withCanary(), '1m').status.protection).toBeUndefined();
    expect(decided({ ...trial, status: before }, withCanary(), '2m').status.protection).toBeUndefined();
  });

  it('names a digest that it has only just begun to refer to', () => {
    const release = aRelease({ spec: { artifact: { repository: REPOSITORY, digest: CANDIDATE } } });
    const { protection } = decided(release, anObservation({ ...kept(), protection: new Map() })).status;
    expect(protection?.digests).toEqual([
      { digest: STABLE, role: 'Stable', reason: 'ProtectionPending' },
      { digest: CANDIDATE, role: 'Candidate', reason: 'ProtectionPending' },
    ]);
  });

  it('has room for everything that is kept and archived', () => {
    const digests = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'].map(digestOf);
    const many = digests.map((digest) => anEntry({ digest, verdict: 'Promoted', reason: 'Promoted' }));
    const release = onCanary({
      spec: { protection: { mode: 'Tags', rollbackCandidates: 10 } },
      status: { history: many, stable: { digest: digestOf('0') } },
    });
    const all = kept();
    const archived = [...digests, GOOD].map(archivedAs);
    const seen = withCanary({ ...all, protectionState: { ...all.protectionState, archived } });
    const { protection } = Status.parse(decided(release, seen, '1m').status);
    expect(protection?.digests.length).toBeLessThanOrEqual(MAX_KEPT);
    expect(protection?.archived).toEqual(archived.slice(0, MAX_ARCHIVED));
  });

  it('is what was told before, while the answers of a restart are awaited', () => {
    const all = kept({ [GOOD]: protections.Lost });
    const seen = { ...all, protectionState: { ...all.protectionState, archived: [archivedAs(GOOD)] } };
    const before = decided(trial, withCanary(seen), '1m').status;
    const restarted = decided({ ...trial, status: before }, withCanary(keptUnread()), '1m');
    expect(restarted.status).toEqual(before);
    expect(restarted.notices).toEqual([]);
  });

  it('is no more than pending where protection is asked for only since the restart', () => {
    const before = decided(trial, withCanary(), '1m').status;
    const { status } = decided({ ...trial, status: before }, withCanary(keptUnread()), '2m');
    expect(status.protection?.digests.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => 'ProtectionPending'),
    );
    expect(status.conditions.find(({ type }) => type === 'Protected')?.reason).toBe('ProtectionPending');
  });
});

describe('news of protection', () => {
  const statusWith = (seen: ReturnType<typeof kept>) => decided(trial, withCanary(seen), '1m').status;
  const first = statusWith(kept());

  it('is that another reason is given', () => {
    expect(isSameNews(first, statusWith(kept({ [GOOD]: protections.Lost })))).toBe(false);
  });

  it('is that something cannot be given up, and no other words for it', () => {
    const failing = (message: string) => {
      const all = kept();
      const problems = [{ reason: 'ArchiveFailed', message }] as const;
      return statusWith({ ...all, protectionState: { ...all.protectionState, problems } });
    };
    expect(failing('down').protection?.problems).toEqual([{ reason: 'ArchiveFailed', message: 'down' }]);
    expect(isSameNews(first, failing('down'))).toBe(false);
    expect(isSameNews(failing('down'), failing('still down'))).toBe(true);
  });

  it('is not how many manifests are kept, nor what was archived', () => {
    const more = kept({ [GOOD]: { ...protections.Protected, members: 4, message: '4 manifests are kept' } });
    const archived = { ...more.protectionState, archived: [archivedAs(GOOD)] };
    expect(isSameNews(first, statusWith({ ...more, protectionState: archived }))).toBe(true);
  });
});
