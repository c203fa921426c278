import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import type { Observation, ProtectionCheck } from '../../../../src/domain/observation.ts';
import { keptDigests } from '../../../../src/domain/protection/kept-digests.ts';
import { anObservation } from '../../../support/observations.ts';
import { proofs } from '../../../support/proofs.ts';
import { alice, aRelease, at, iso, NEXT, STABLE } from '../../../support/releases.ts';

const TAGS = {
  artifact: { repository: 'registry.example.com/shop/checkout', digest: STABLE },
  protection: { mode: 'Tags' },
};
const isKept: ProtectionCheck = {
  state: 'Satisfied',
  reason: 'Protected',
  message: '3 manifests kept by tags',
};
const isGone: ProtectionCheck = {
  state: 'Unknown',
  reason: 'ProtectionPending',
  message: 'it is being copied',
};

/** A release at rest whose digest NEXT went to an archive long ago. */
const seen = (check = isKept, changes: Partial<Observation> = {}): Observation =>
  anObservation({
    protection: new Map([
      [STABLE, isKept],
      [NEXT, check],
    ]),
    protectionState: {
      mode: 'Tags',
      archived: [{ digest: NEXT, version: '0.9', repository: 'archive.example.com/shop', archivedAt: iso() }],
      problems: [],
      orphaned: false,
    },
    ...changes,
  });

const restore = (digest: string, observed = seen(), status: object = {}) =>
  decide(aRelease({ spec: TAGS, status, metadata: alice, orders: { restore: digest } }), observed, at('1m'));

const messages = ({ notices }: ReturnType<typeof decide>): string =>
  notices.map(({ message }) => message).join();

describe('an archived digest', () => {
  it('is kept from when a person asks for it, for a week', () => {
    const { status } = restore(NEXT);
    expect(status.restored).toEqual([{ digest: NEXT, version: '0.9', by: 'alice', at: iso('1m') }]);
    const release = aRelease({ spec: TAGS, status });
    const kept = (now: Date) => keptDigests(release, now).map(({ digest, role }) => `${role} ${digest}`);
    expect(kept(at('2m'))).toContain(`Rollback ${NEXT}`);
    expect(kept(at('8d'))).not.toContain(`Rollback ${NEXT}`);
  });

  it.each([
    ['is not archived', STABLE, seen(), {}, 'not among the archived digests'],
    ['is revoked', NEXT, seen(isKept, { verification: new Map([[NEXT, proofs.Revoked]]) }), {}, 'revoked'],
    [
      'was asked for already',
      NEXT,
      seen(),
      { restored: [{ digest: NEXT, by: 'bob', at: iso() }] },
      'being restored already',
    ],
    [
      'could not be kept',
      NEXT,
      seen(isKept, { protectionState: { mode: 'None', archived: [], problems: [], orphaned: false } }),
      {},
      'mode has to be Tags',
    ],
  ])('is refused when it %s', (_, digest, observed, status, why) => {
    const decision = restore(digest, observed, status);
    expect(decision.notices.map(({ reason }) => reason)).toContain('CommandRefused');
    expect(messages(decision)).toContain(why);
  });

  const rollBack = (check: ProtectionCheck) =>
    decide(
      aRelease({
        spec: TAGS,
        status: { restored: [{ digest: NEXT, version: '0.9', by: 'alice', at: iso() }] },
        orders: { 'rollback-to': NEXT },
      }),
      seen(check),
      at('1m'),
    );

  it('is returned to once it is back', () => {
    const { status } = rollBack(isKept);
    expect(status).toMatchObject({ phase: 'RollingBack', stable: { digest: NEXT, version: '0.9' } });
  });

  it('is not returned to before it is back', () => {
    const decision = rollBack(isGone);
    expect(decision.status.stable?.digest).toBe(STABLE);
    expect(messages(decision)).toContain('not back from its archive yet: it is being copied');
  });
});
