import { describe, expect, it } from 'vitest';
import type { VerificationRecord } from '../../../../src/api/verification-status.ts';
import { RecordedLine } from '../../../../src/cli/recorded-line.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import { known, unknown } from '../../../../src/domain/reading.ts';
import { replayPass } from '../../../../src/domain/replay/replay-pass.ts';
import { aRival, aTarget, aWorkload, satisfied, unasked, withCanary } from '../../../support/observations.ts';
import { recordedLine } from '../../../support/recorded-line.ts';
import {
  AVAILABILITY,
  at,
  CANDIDATE,
  iso,
  NOON,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const TERMS = { target: '99.9', timeWindow: '30d' };
const record: VerificationRecord = {
  ...{ digest: CANDIDATE, policyHash: 'abc', signatures: [], attestations: [] },
  ...{ state: 'Verified', reason: 'Verified' },
};

/** Something in every field. The objective has a name that loggers look for. */
const EVERYTHING: Observation = {
  targets: [
    aTarget({
      canary: aWorkload({ name: 'checkout-canary', madeFrom: '0123', ownerUid: 'uid' }),
      running: new Map([
        ['app', known(STABLE)],
        ['proxy', unknown('StableUnknown', 'its pods differ')],
      ]),
      podTrouble: { why: 'container app: ImagePullBackOff: not found', crashLooping: true },
    }),
  ],
  strays: [aWorkload({ name: 'worker-canary' })],
  claims: [aRival()],
  verification: new Map([
    [STABLE, { ...satisfied, until: at('1h'), pending: true }],
    [CANDIDATE, { ...satisfied, record, revocations: [{ revocation: 'r', action: 'Report', message: 'm' }] }],
  ]),
  protection: new Map([[STABLE, { ...unasked, members: 4, pending: true }]]),
  protectionState: {
    mode: 'Tags',
    archived: [{ digest: STABLE, repository: REPOSITORY, archivedAt: NOON }],
    problems: [{ reason: 'ArchiveFailed', message: 'down' }],
    orphaned: false,
  },
  counts: {
    from: NOON,
    totals: new Map([['token', known(totals(0.1 + 0.2, 1 / 3, 0, 1e-7))]]),
    terms: new Map([['token', TERMS]]),
  },
  baselines: {
    digest: CANDIDATE,
    until: NOON,
    readings: new Map([
      ['token', known({ dispersion: 1.5, clump: 2, terms: TERMS, bad: 1, total: 2, seconds: 3 })],
    ]),
  },
  serviceBurn: {
    scope: 'Trial',
    trial: NOON,
    services: new Map([
      [
        'token',
        {
          terms: TERMS,
          windows: new Map([
            ['1h', { count: known({ bad: 1, total: 2 }), seconds: 3600 }],
            ['6h', { count: unknown('NoData', 'nothing'), seconds: 60 }],
          ]),
        },
      ],
    ]),
  },
  serviceBudgets: new Map([
    [
      'token',
      { terms: TERMS, windows: new Map([['30d', { count: known({ bad: 1, total: 2 }), seconds: 3600 }]]) },
    ],
  ]),
  writeFailure: { reason: 'WriteFailed', message: 'quota exceeded' },
};

const read = (line: string) => RecordedLine.parse(JSON.parse(line));

describe('the record of a pass', () => {
  it('comes back from its text exactly, whatever was seen', () => {
    const pass = read(recordedLine(onCanary(), EVERYTHING));
    expect(pass.seen).toStrictEqual(EVERYTHING);
    expect(pass.now).toStrictEqual(at('1m'));
    expect(pass.release).toStrictEqual(onCanary());
  });

  it('has nothing that no decision reads', () => {
    const ours = { 'artifactrelease.dev/requested-by': 'alice' };
    const line = recordedLine(
      onCanary({
        metadata: { annotations: { ...ours, 'example.com/password': 'hunter2' } },
        spec: { verification: { authorities: [{ name: 'ci', key: { data: 'PEM' } }] } },
      }),
      withCanary({ verification: new Map([[STABLE, { ...satisfied, record }]]) }),
    );
    const { release, seen } = read(line);
    expect(release.metadata.annotations).toEqual(ours);
    expect(release.spec).not.toHaveProperty('verification');
    expect(seen.verification.get(STABLE)).toEqual(satisfied);
    expect(line).not.toContain('hunter2');
  });

  it('has of the status what is another one, and what is gone', () => {
    const approved = onCanary({
      status: { phase: 'Holding', hold: { reason: 'NoData', since: iso() } },
    });
    const { outcome } = read(recordedLine(approved, withCanary()));
    expect(outcome.changed).toMatchObject({ phase: 'Progressing', hold: null });
    expect(outcome.changed).not.toHaveProperty('stable');
  });
});

describe('a pass that is decided again', () => {
  const refused = withCanary({ writeFailure: { reason: 'WriteFailed', message: 'quota exceeded' } });
  const pass = read(recordedLine(onCanary({ spec: { objectives: [AVAILABILITY] } }), refused));

  it('differs where something else was seen', () => {
    expect(replayPass(pass).differences).toEqual([]);
    expect(replayPass({ ...pass, seen: withCanary() }).differences).toContainEqual({
      field: 'status.hold',
      stored: { reason: 'WriteFailed', since: iso('1m') },
      computed: undefined,
    });
  });

  it('says so where nobody can have decided it', () => {
    const { canary, ...spec } = pass.release.spec;
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const patches = [{ op: 'add' as const, path: '/metadata/labels', value: deep }];
    const release = { ...pass.release, spec: { ...spec, canary: { ...canary, patches } } };
    expect(replayPass({ ...pass, release }).differences).toEqual([
      { field: 'error', stored: undefined, computed: 'RangeError: Maximum call stack size exceeded' },
    ]);
  });
});
