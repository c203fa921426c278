import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../src/api/artifact-release.ts';
import type { VerificationRecord } from '../../../src/api/verification-status.ts';
import { decide } from '../../../src/domain/decide.ts';
import type { Proof } from '../../../src/domain/observation.ts';
import { isSameStatus } from '../../../src/domain/status-news.ts';
import { anObservation, counted, verifiedAs, withCanary } from '../../support/observations.ts';
import { proofs } from '../../support/proofs.ts';
import {
  AVAILABILITY,
  aCandidate,
  anEntry,
  aRelease,
  at,
  CANDIDATE,
  iso,
  ofStable,
  onCanary,
  STABLE,
} from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const aRecord = (changes: Partial<VerificationRecord> = {}): VerificationRecord => ({
  digest: STABLE,
  state: 'Verified',
  reason: 'Verified',
  policyHash: 'abc',
  signatures: [],
  attestations: [],
  ...changes,
});
const verified: Proof = { ...proofs.Satisfied, record: aRecord() };

const decided = (release: ArtifactRelease, proof: Proof, digest = STABLE, when = '1m') =>
  decide(release, anObservation({ verification: verifiedAs(proof, digest) }), at(when));
const conditionOf = ({ status }: ReturnType<typeof decided>, name: string) =>
  status.conditions.find(({ type }) => type === name);

describe('an answer that is awaited', () => {
  const resting = aRelease({ spec: ofStable, status: {} });
  const unsafe = { ...proofs.Revoked, record: aRecord({ state: 'Revoked', revokedBy: ['incident-7'] }) };

  it.each([
    ['verified', resting, verified, STABLE],
    ['refused', resting, proofs.Refused, STABLE],
    ['unknown', resting, proofs.Unknown, STABLE],
    ['revoked for the report', resting, proofs.Reported, STABLE],
    ['revoked, with nothing to return to', resting, unsafe, STABLE],
    ['blocked', aRelease({ status: {} }), { ...proofs.Refused, until: at('5m') }, CANDIDATE],
  ])('changes nothing that is told of a digest that is %s, and says nothing', (_, release, proof, digest) => {
    const before = decided(release, proof, digest).status;
    const restarted = decided({ ...release, status: before }, proofs.Pending, digest, '2m');
    expect(restarted.status).toEqual(before);
    expect(isSameStatus(restarted.status, before)).toBe(true);
    expect([restarted.notices, restarted.effects]).toEqual([[], []]);
  });

  it('is told of a digest that nothing was told of', () => {
    const before = decided(resting, verified).status;
    const first = decided({ ...aRelease(), status: before }, proofs.Pending, CANDIDATE, '2m');
    expect(first.status).toMatchObject({ phase: 'Verifying', candidate: { digest: CANDIDATE } });
    expect(conditionOf(first, 'Verified')).toMatchObject({
      status: 'Unknown',
      reason: 'VerificationPending',
    });
    expect(first.status.verification).toBeUndefined();
    expect(first.effects).toEqual([]);
  });

  it('is not that of another digest that the spec named before', () => {
    const generation = { metadata: { generation: 2 } };
    const before = decided(
      aRelease({ spec: ofStable, status: { stable: undefined } as never }),
      verified,
    ).status;
    const { stable: _, ...unadopted } = before;
    const missing = anObservation({ targets: [], verification: verifiedAs(proofs.Pending, CANDIDATE) });
    const { status } = decide({ ...aRelease(generation), status: unadopted }, missing, at('2m'));
    expect(status.conditions.find(({ type }) => type === 'Verified')?.reason).toBe('VerificationPending');
    expect(status.verification).toBeUndefined();
  });

  const measured = { objectives: [AVAILABILITY] };
  const counts = counted(totals(0, 100_000, 0, 100_000));
  const pending = verifiedAs(proofs.Pending, CANDIDATE);

  it('ends no step and begins no hold, and the step ends as soon as it is there', () => {
    const release = onCanary({ spec: measured });
    const decision = decide(release, withCanary({ counts, verification: pending }), at('5m'));
    expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { step: 0 } });
    expect(decision.status.hold).toBeUndefined();
    expect(decision.notices).toEqual([]);
    expect(decision.wakeAt).toEqual(at('5m30s'));
    const answered = decide({ ...release, status: decision.status }, withCanary({ counts }), at('5m1s'));
    expect(answered.status.candidate?.step).toBe(1);
  });

  it.each(['Holding', 'Paused'] as const)('leaves a release in %s where it is', (phase) => {
    const hold = { reason: 'NoData', since: iso() } as const;
    const release = onCanary({ spec: measured, status: { phase, hold } });
    const { status, notices } = decide(release, withCanary({ counts, verification: pending }), at('5m'));
    expect([status.phase, status.hold, notices]).toEqual([phase, hold, []]);
  });

  it('does not keep a release that burns', () => {
    const burning = counted(totals(50_000, 100_000, 100, 100_000));
    const seen = withCanary({ counts: burning, verification: pending });
    expect(decide(onCanary({ spec: measured }), seen, at('1m')).status.phase).toBe('RollingBack');
  });
});

describe('the next look', () => {
  const resting = aRelease({ spec: ofStable, status: {} });

  it('is at rest when the proof has to be looked for again', () => {
    expect(decided(resting, { ...verified, until: at('1h') }).wakeAt).toEqual(at('1h'));
    expect(decided(resting, { ...verified, until: at('30s') }).wakeAt).toBeUndefined();
  });

  it('is the earliest of what is awaited', () => {
    const look = (until: string) =>
      decide(
        onCanary(),
        withCanary({ verification: verifiedAs({ ...verified, until: at(until) }, CANDIDATE) }),
        at('1m'),
      ).wakeAt;
    expect([look('2m'), look('1h')]).toEqual([at('2m'), at('5m')]);
  });

  it.each([
    ['Verifying', proofs.Unknown],
    ['Blocked', proofs.Refused],
  ] as const)('of a release that is %s is when the verifier says', (phase, proof) => {
    const release = aRelease({ status: { phase: 'Verifying', candidate: aCandidate() } });
    const decision = decided(release, { ...proof, until: at('3m') }, CANDIDATE);
    expect([decision.status.phase, decision.wakeAt]).toEqual([phase, at('3m')]);
    expect(decision.status.message).toContain('asked again at 12:03:00Z');
    expect(decision.status.message).toContain(proof.message);
  });
});

describe('the record of verification', () => {
  const ofCandidate = { ...proofs.Satisfied, record: aRecord({ digest: CANDIDATE }) };

  it('is that of the digest under trial, else of stable', () => {
    const verification = new Map([
      [STABLE, verified],
      [CANDIDATE, ofCandidate],
    ]);
    const trial = decide(onCanary(), withCanary({ verification }), at('1m')).status;
    expect(trial.verification?.digest).toBe(CANDIDATE);
    const history = [anEntry({ digest: CANDIDATE, verdict: 'Aborted' }), anEntry()];
    const over = decide(aRelease({ status: { history } }), anObservation({ verification }), at('1m')).status;
    expect([over.phase, over.verification?.digest]).toEqual(['RolledBack', STABLE]);
  });

  it('goes when nothing is asked for any more', () => {
    const release = aRelease({ spec: ofStable, status: { verification: aRecord() } });
    expect(decided(release, proofs.Satisfied).status.verification).toBeUndefined();
  });
});
