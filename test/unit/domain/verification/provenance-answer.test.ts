import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { VerificationRecord } from '../../../../src/api/verification-status.ts';
import { provenanceAnswer, type Sources } from '../../../../src/domain/verification/provenance-answer.ts';
import { attestationBy, keySigner, signatureBy } from '../../../support/evidence.ts';
import {
  anEntry,
  aRelease,
  CANDIDATE,
  iso,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';
import { aRevocation } from '../../../support/revocations.ts';

const answerTo = (digest: string, sources: Partial<Sources>) =>
  provenanceAnswer(digest, {
    releases: [],
    revocations: [],
    notUnderstood: [],
    suspect: undefined,
    pending: false,
    matches: () => false,
    ...sources,
  });

const named = (name: string, release: ArtifactRelease): ArtifactRelease => ({
  ...release,
  metadata: { ...release.metadata, name },
});

const record: VerificationRecord = {
  digest: CANDIDATE,
  state: 'Verified',
  reason: 'Verified',
  policyHash: 'p',
  lastVerifiedTime: iso(),
  signatures: [],
  attestations: [],
  provenance: { builder: 'https://builder.example', commit: 'c'.repeat(40) },
};

describe('where a digest runs', () => {
  it('is every use of it, what runs first and the oldest last', () => {
    const past = aRelease({
      spec: { artifact: { repository: REPOSITORY, digest: NEXT } },
      status: {
        stable: { digest: NEXT },
        pins: [],
        history: [
          anEntry({
            digest: CANDIDATE,
            verdict: 'RolledBack',
            reason: 'ErrorBudgetBurn',
            finishedAt: iso('1h'),
          }),
        ],
      },
    });
    const { releases } = answerTo(CANDIDATE, { releases: [named('past', past), named('now', onCanary())] });
    expect(releases.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'now candidate',
      'now wanted',
      'past history',
    ]);
    expect(releases[0]).toEqual({
      namespace: 'shop',
      name: 'now',
      phase: 'Progressing',
      role: 'candidate',
      repository: REPOSITORY,
      version: '1.42.0',
      from: iso(),
    });
    expect(releases[2]).toMatchObject({ verdict: 'RolledBack', reason: 'ErrorBudgetBurn', to: iso('1h') });
  });

  it('says how many uses there is no room for', () => {
    const releases = Array.from({ length: 3_000 }, (_, i) => named(`release-${i}`, onCanary()));
    const answer = answerTo(CANDIDATE, { releases });
    expect(answer.releases).toHaveLength(5_000);
    expect(answer.omitted).toBe(1_000);
  });
});

describe('who built a digest', () => {
  const facts = { kind: 'Provenance', builder: 'https://builder.example', commit: 'c'.repeat(40) } as const;
  const evidence = [signatureBy('a'), attestationBy('a', 'https://slsa.dev/provenance/v1', facts)];

  it('is what is attached to it, in the words of the status', () => {
    const { verification } = answerTo(CANDIDATE, { suspect: { digests: [CANDIDATE], evidence } });
    expect(verification).toMatchObject({ source: 'Read', provenance: record.provenance });
    expect(verification.signatures).toHaveLength(1);
  });

  it('is what a release recorded about it, the newest, where nothing was read since the start', () => {
    const recorded = (name: string, changes: Partial<VerificationRecord>) =>
      named(name, onCanary({ status: { verification: { ...record, ...changes } } }));
    const releases = [
      recorded('unknown', { state: 'Unknown', lastVerifiedTime: iso('3h') }),
      recorded('other', { digest: STABLE, lastVerifiedTime: iso('2h') }),
      recorded('new', { lastVerifiedTime: iso('1h') }),
      recorded('old', {}),
    ];
    expect(answerTo(CANDIDATE, { releases }).verification).toEqual({
      source: 'Recorded',
      state: 'Verified',
      reason: 'Verified',
      lastVerifiedTime: iso('1h'),
      signatures: [],
      attestations: [],
      provenance: record.provenance,
    });
  });

  it('is not claimed where nobody knows', () => {
    expect(answerTo(CANDIDATE, {}).verification).toEqual({ source: 'Unknown' });
    expect(answerTo(CANDIDATE, { pending: true }).verification).toEqual({ source: 'Pending' });
  });
});

describe('what revokes a digest', () => {
  const signer = keySigner('leaked');
  const keys = [signer.kind === 'Key' ? signer.fingerprint : ''];

  it('is every revocation that it falls under, with what it has to do with it', () => {
    const { revocations } = answerTo(CANDIDATE, {
      revocations: [
        aRevocation({ digests: [CANDIDATE], dryRun: true }, { name: 'by-digest' }),
        aRevocation({ keys, action: 'Report' }, { name: 'by-key' }),
        aRevocation({ digests: [STABLE] }, { name: 'of-another' }),
      ],
      suspect: { digests: [CANDIDATE], evidence: [signatureBy('a', { signer })] },
    });
    expect(revocations).toEqual([
      {
        name: 'by-digest',
        reason: 'the build machine was broken into',
        because: `the digest ${CANDIDATE} is revoked`,
        action: 'Rollback',
        dryRun: true,
      },
      expect.objectContaining({ name: 'by-key', because: expect.stringContaining('its signing key') }),
    ]);
  });

  it('is what a revocation found before a restart, although its evidence is not known now', () => {
    const status = {
      observedGeneration: 1,
      digests: [CANDIDATE],
      affected: 1,
      remaining: 0,
      releases: [],
      conditions: [],
    };
    const { revocations } = answerTo(CANDIDATE, { revocations: [aRevocation({ keys }, { status })] });
    expect(revocations).toMatchObject([{ name: 'incident-7', because: 'it was found to fall under it' }]);
  });

  it('may be one that is not understood: it is named', () => {
    expect(answerTo(CANDIDATE, { notUnderstood: ['newer'] }).notUnderstood).toEqual(['newer']);
    expect(answerTo(CANDIDATE, {})).not.toHaveProperty('notUnderstood');
  });
});
