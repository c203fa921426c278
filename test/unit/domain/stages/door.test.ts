import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import { conditionOf, decided, effectsOf, noticesOf } from '../../../support/decisions.ts';
import {
  aCanary,
  anObservation,
  aTarget,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import { proofs, told } from '../../../support/proofs.ts';
import { kept, keptUnread, protections } from '../../../support/protections.ts';
import {
  aCandidate,
  alice,
  aRelease,
  at,
  CANDIDATE,
  iso,
  onCanary,
  type ReleaseChanges,
  STABLE,
} from '../../../support/releases.ts';

const verifying = (changes: ReleaseChanges = {}) =>
  aRelease({ status: { phase: 'Verifying', candidate: aCandidate() }, ...changes });
const seeing = (...parts: readonly Partial<Observation>[]) => anObservation(Object.assign({}, ...parts));
const stableAs = (answer: keyof typeof protections) => kept({ [STABLE]: protections[answer] });
const messageOf = ({ status }: ReturnType<typeof decided>) => status.message;

/** What is decided next, on what this decision stored. */
const next = (
  release: ArtifactRelease,
  { status }: ReturnType<typeof decided>,
  changes: ReleaseChanges = {},
) => ({
  ...release,
  ...('orders' in changes ? { metadata: aRelease({ metadata: alice, ...changes }).metadata } : {}),
  status,
});

describe('the door of a canary', () => {
  it('opens to a candidate that is protected and has a way back', () => {
    const decision = decided(verifying(), seeing(kept()));
    expect([decision.status.phase, effectsOf(decision)]).toEqual(['Progressing', ['ApplyCanary']]);
  });

  it.each([
    ['Pending', 'its tags are read back at'],
    ['Outage', 'the registry does not answer'],
    ['Lost', 'layer 4f53cda1 is gone'],
    ['Forbidden', 'may not push'],
  ] as const)('is closed to a candidate whose protection is %s, whoever approves', (answer, why) => {
    const seen = seeing(kept({ [CANDIDATE]: protections[answer] }));
    const release = verifying({ orders: { approve: CANDIDATE }, metadata: alice });
    const decision = decided(release, seen, '10s');
    expect([decision.status.phase, decision.status.candidate?.step]).toEqual(['Verifying', 0]);
    expect(effectsOf(decision)).toEqual(['RemoveAnnotations']);
    expect(conditionOf(decision, 'Progressing')).toBe(`True ${protections[answer].reason}`);
    expect(messageOf(decision)).toContain(why);
    expect(messageOf(decision)).toContain(
      'no pod runs it until it is protected; looked at again at 12:00:30Z',
    );
    expect(noticesOf(decision)).toContain('CommandRefused');
    expect(decision.wakeAt).toEqual(at('30s'));
  });

  it.each([
    ['lost', stableAs('Lost'), 'aaaaaaaa, which is not protected: layer 4f53cda1 is gone'],
    [
      'not verified',
      { ...kept(), verification: told({ [STABLE]: proofs.Refused }) },
      'which is not verified: no signature',
    ],
  ])('is closed while stable is %s, and says once what a person can do', (_, seen, why) => {
    const first = decided(verifying(), seeing(seen));
    expect([first.status.phase, effectsOf(first)]).toEqual(['Verifying', []]);
    expect(messageOf(first)).toContain(`No pod runs bbbbbbbb yet: a roll-back would return to aaaaaaaa`);
    expect(messageOf(first)).toContain(why);
    expect(messageOf(first)).toContain(
      `annotate artifactrelease.dev/approve=${CANDIDATE} to go on without a way back`,
    );
    expect(noticesOf(first)).toContain('RollbackNotReady');
    expect(conditionOf(first, 'Stalled')).toBe('True RollbackNotReady');
    expect(conditionOf(first, 'RollbackReady')).toBe('False RollbackNotReady');
    const later = decided(next(verifying(), first), seeing(seen), '40s');
    expect([noticesOf(later), later.wakeAt]).toEqual([[], at('60s')]);
  });

  it.each(['Pending', 'Outage'] as const)('needs nobody while stable is only %s', (answer) => {
    const decision = decided(verifying(), seeing(stableAs(answer)));
    expect(conditionOf(decision, 'Stalled')).toBe('False Progressing');
    expect(conditionOf(decision, 'Progressing')).toBe('True RollbackNotReady');
    expect(noticesOf(decision)).not.toContain('RollbackNotReady');
  });

  it('opens by itself when there is a way back', () => {
    const waiting = decided(verifying(), seeing(stableAs('Pending')));
    expect(decided(next(verifying(), waiting), seeing(kept()), '1m').status.phase).toBe('Progressing');
  });

  it.each([
    ['nothing is asked for', {}, 'None'],
    ['it is only listed', {}, 'Report'],
    ['the release does not wait for it', { protection: { requireBeforeRollout: false } }, 'Tags'],
  ] as const)('is open where %s, whatever becomes of the digests', (_, spec, mode) => {
    const lost = { [CANDIDATE]: protections.Lost, [STABLE]: protections.Lost };
    const decision = decided(verifying({ spec }), seeing(kept(lost, mode)));
    expect([decision.status.phase, effectsOf(decision)]).toEqual(['Progressing', ['ApplyCanary']]);
  });

  it('is open to a stable without proof where no protection is asked for, as ever', () => {
    const seen = seeing({ verification: verifiedAs(unanswered, STABLE) });
    expect(decided(verifying(), seen).status.phase).toBe('Progressing');
  });

  it('is asked for proof before protection', () => {
    const seen = seeing(kept({ [CANDIDATE]: protections.Lost }), {
      verification: verifiedAs(unanswered, CANDIDATE),
    });
    expect(messageOf(decided(verifying(), seen))).toContain('no pod runs it until this is known');
  });

  it('cannot be passed by promote', () => {
    const release = verifying({ orders: { promote: CANDIDATE }, metadata: alice });
    const { notices } = decided(release, seeing(stableAs('Lost')));
    expect(notices.map(({ message }) => message).join()).toContain('what it waits for cannot be skipped');
  });
});

describe('a person who answers for there being no way back', () => {
  const steps = [{ weight: 10, duration: '5m', approval: true }];
  const asking = verifying({ spec: { canary: { steps } } });
  const seen = seeing(stableAs('Lost'));
  const waiting = decided(asking, seen);
  const approved = decided(next(asking, waiting, { orders: { approve: CANDIDATE } }), seen, '1m');

  it('lets the canary begin, and is remembered', () => {
    expect(approved.status).toMatchObject({ phase: 'Progressing', candidate: { waivedBy: 'alice' } });
    expect(effectsOf(approved)).toEqual(['RemoveAnnotations', 'ApplyCanary']);
    expect(approved.notices).toContainEqual(
      expect.objectContaining({
        reason: 'Approved',
        message: 'alice lets bbbbbbbb go on without a way back',
      }),
    );
    expect(conditionOf(approved, 'RollbackReady')).toBe('False RollbackNotReady');
  });

  it('has not approved the first step with that', () => {
    expect(approved.status.candidate).not.toHaveProperty('approvedStep');
    const replicas = [{ name: 'checkout', count: 1 }];
    const started = aCandidate({ weight: 10, stepStartedAt: iso(), replicas, waivedBy: 'alice' });
    const running = { ...approved.status, candidate: started };
    const later = decided({ ...asking, status: running }, withCanary(stableAs('Lost')), '6m');
    expect(later.status.phase).toBe('Paused');
  });
});

describe('protection that is unknown after a restart', () => {
  const unread = keptUnread();

  it.each([
    ['the candidate', kept({ [CANDIDATE]: protections.Pending })],
    ['a way back', stableAs('Lost')],
    ['a way back that is only pending', stableAs('Pending')],
  ])('is no news to a release that waits for %s', (_, before) => {
    const waiting = decided(verifying(), seeing(before));
    const restarted = decided(next(verifying(), waiting), seeing(unread), '10s');
    expect(restarted.status).toEqual(waiting.status);
    expect([noticesOf(restarted), effectsOf(restarted)]).toEqual([[], []]);
    expect(restarted.wakeAt).toEqual(at('30s'));
  });

  it('still lets a person answer for what they were told', () => {
    const waiting = decided(verifying(), seeing(stableAs('Lost')));
    const order = next(verifying(), waiting, { orders: { approve: CANDIDATE } });
    const restarted = decided(order, seeing(unread), '10s');
    expect(restarted.status).toMatchObject({ phase: 'Verifying', candidate: { waivedBy: 'alice' } });
    const answered = decided(next(verifying(), restarted), seeing(stableAs('Lost')), '20s');
    expect(answered.status.phase).toBe('Progressing');
  });

  it('starts no canary that has not begun', () => {
    const decision = decided(verifying(), seeing(unread));
    expect([decision.status.phase, effectsOf(decision)]).toEqual(['Verifying', []]);
  });

  it.each([
    ['unknown', unread],
    ['lost', kept({ [CANDIDATE]: protections.Lost, [STABLE]: protections.Lost })],
  ])('or %s moves no canary that has begun', (_, protection) => {
    const { status } = decided(onCanary(), withCanary(protection), '1m');
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { step: 0, weight: 10 } });
  });

  it('does not keep a pod from being replaced', () => {
    const gone = anObservation({ ...unread, targets: [aTarget()] });
    expect(effectsOf(decided(onCanary(), gone, '1m'))).toEqual(['ApplyCanary']);
    const small = aCanary({ replicas: 0 });
    const scaled = anObservation({ ...unread, targets: [aTarget({ canary: small })] });
    expect(effectsOf(decided(onCanary(), scaled, '1m'))).toEqual(['ScaleCanary']);
  });
});
