import { describe, expect, it } from 'vitest';
import type { Requirements } from '../../../../src/api/verification-spec.ts';
import { judge } from '../../../../src/domain/verification/judge.ts';
import {
  attestationBy,
  caseFile,
  finding,
  keySigner,
  NOW,
  requirements,
  scanOf,
  scanRequirement,
  signatureBy,
  VULN,
} from '../../../support/evidence.ts';

const ofOne = (spec: Requirements, file: Parameters<typeof judge>[1]) =>
  judge([{ policy: 'policy', spec }], file, NOW);

const outcome = (spec: Requirements, file: Parameters<typeof judge>[1]) =>
  ofOne(spec, file).requirements.map((one) => ('reason' in one ? `${one.state} ${one.reason}` : one.state));

describe('signatures', () => {
  it('satisfy by one authority of several', () => {
    expect(outcome(requirements(['a', 'b']), caseFile([signatureBy('b')]))).toEqual(['Satisfied']);
  });

  it('of nobody are refused, and it says what is lacking', () => {
    const { requirements: found } = ofOne(requirements(['a']), caseFile([]));
    expect(found).toMatchObject([
      {
        reason: 'NoMatchingSignature',
        message: 'signed by 0 of the 1 authorities that are required; nothing was found that claims to be it',
      },
    ]);
  });

  it('of another policy’s authority of the same name do not count', () => {
    const other = signatureBy('a', { authority: 'ArtifactPolicy other/a' });
    expect(outcome(requirements(['a']), caseFile([other]))).toEqual(['Refused NoMatchingSignature']);
  });

  it('trap 2: are not attestations', () => {
    const file = caseFile([attestationBy('a', VULN, scanOf())]);
    expect(outcome(requirements(['a']), file)).toEqual(['Refused NoMatchingSignature']);
  });

  it('of a required authority are required beside those of the others', () => {
    const spec = requirements(['a', 'b'], { requiredAuthorities: ['a'] });
    expect(outcome(spec, caseFile([signatureBy('b')]))).toEqual(['Refused NoMatchingSignature']);
    expect(outcome(spec, caseFile([signatureBy('a')]))).toEqual(['Satisfied']);
  });

  it('of one signer count once, however many authorities trust it', () => {
    const spec = requirements(['a', 'b', 'c'], { minAuthorities: 2 });
    const shared = { signer: keySigner('shared') };
    const same = [signatureBy('a', shared), signatureBy('b', shared)];
    expect(outcome(spec, caseFile(same))).toEqual(['Refused NoMatchingSignature']);
    expect(outcome(spec, caseFile([...same, signatureBy('c')]))).toEqual(['Satisfied']);
  });

  it('of three authorities and three signers are two when they cannot be paired', () => {
    const spec = requirements(['a', 'b', 'c'], { minAuthorities: 3 });
    const shared = { signer: keySigner('shared') };
    const evidence = [
      signatureBy('a', shared),
      signatureBy('b', shared),
      signatureBy('c'),
      signatureBy('c', { signer: keySigner('c2') }),
    ];
    expect(outcome(spec, caseFile(evidence))).toEqual(['Refused NoMatchingSignature']);
    const paired = [...evidence, signatureBy('a', { signer: keySigner('a2') })];
    expect(outcome(spec, caseFile(paired))).toEqual(['Satisfied']);
  });

  it('of a format that is not asked for do not count', () => {
    const file = caseFile([signatureBy('a', { format: 'legacy' })]);
    expect(outcome(requirements(['a'], { signatureFormat: 'bundle' }), file)).toEqual([
      'Refused NoMatchingSignature',
    ]);
    expect(outcome(requirements(['a'], { signatureFormat: 'legacy' }), file)).toEqual(['Satisfied']);
  });

  it('are unknown while an authority that could have signed cannot be asked', () => {
    const unavailable = new Map([
      ['policy/b', { reason: 'KeyUnavailable', message: 'no Secret b' } as const],
    ]);
    expect(outcome(requirements(['a', 'b']), caseFile([], { unavailable }))).toEqual([
      'Unknown KeyUnavailable',
    ]);
    expect(outcome(requirements(['a', 'b']), caseFile([signatureBy('a')], { unavailable }))).toEqual([
      'Satisfied',
    ]);
  });

  it('are unknown while not everything that is attached was read', () => {
    const unread = { reason: 'TooManyReferrers', message: '200 referrers' } as const;
    expect(outcome(requirements(['a']), caseFile([], { unread }))).toEqual(['Unknown TooManyReferrers']);
    expect(outcome(requirements(['a']), caseFile([signatureBy('a')], { unread }))).toEqual(['Satisfied']);
  });

  it('that came near are told, the nearest of them', () => {
    const miss = (reason: 'SignatureInvalid' | 'IdentityMismatch', message: string) =>
      ({ reason, message, manifestDigest: signatureBy('x').manifestDigest, claims: 'Signature' }) as const;
    const rejected = [
      miss('SignatureInvalid', 'a stranger'),
      miss('IdentityMismatch', 'it is signed by eve'),
    ];
    expect(ofOne(requirements(['a']), caseFile([], { rejected })).requirements).toMatchObject([
      {
        reason: 'IdentityMismatch',
        message: expect.stringContaining('the nearest that was found: it is signed by eve'),
      },
    ]);
  });
});

describe('an attestation', () => {
  const asked = (overrides: object = {}) =>
    requirements(['a', 'b'], {
      minAuthorities: 0,
      attestations: [{ name: 'vex', predicateTypes: ['https://example.com/p'], ...overrides }],
    });
  const opaque = (name: string, type = 'https://example.com/p') =>
    attestationBy(name, type, { kind: 'Opaque' });

  it('is found by its type', () => {
    expect(outcome(asked(), caseFile([opaque('a')]))).toEqual(['Satisfied', 'Satisfied']);
    expect(outcome(asked(), caseFile([opaque('a', 'https://example.com/q')]))).toEqual([
      'Satisfied',
      'Refused AttestationMissing',
    ]);
  });

  it('counts only by the authorities that may give it', () => {
    expect(outcome(asked({ authorities: ['b'] }), caseFile([opaque('a')]))[1]).toBe(
      'Refused AttestationMissing',
    );
    expect(outcome(asked({ authorities: ['b'] }), caseFile([opaque('b')]))[1]).toBe('Satisfied');
  });

  it('of a type that is not read passes no gate', () => {
    const sbom = asked({ sbom: {} });
    expect(outcome(sbom, caseFile([opaque('a')]))[1]).toBe('Refused UnsupportedFormat');
  });

  it('that is not understood fails, although only its presence is required', () => {
    const unreadable = attestationBy('a', VULN, { kind: 'Unreadable', problem: 'a table' });
    const spec = requirements(['a'], {
      minAuthorities: 0,
      attestations: [{ name: 's', predicateTypes: ['vuln'] }],
    });
    expect(outcome(spec, caseFile([unreadable]))[1]).toBe('Refused UnsupportedFormat');
  });

  it('that is missing is unknown while not everything was read', () => {
    const unread = { reason: 'RegistryUnavailable', message: 'the second page' } as const;
    expect(outcome(asked(), caseFile([], { unread }))[1]).toBe('Unknown RegistryUnavailable');
  });
});

describe('of several scans', () => {
  const spec = (select?: string) =>
    requirements(['a'], {
      minAuthorities: 0,
      attestations: [scanRequirement({}, select ? { select: select as 'Any' } : {})],
    });
  const clean = (finishedAt: string) => attestationBy('a', VULN, scanOf([], { finishedAt }));
  const dirty = (finishedAt: string) => attestationBy('a', VULN, scanOf([finding('CVE-1')], { finishedAt }));
  const [earlier, later] = ['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'] as const;
  const state = (select: string | undefined, ...evidence: Parameters<typeof caseFile>[0][number][]) =>
    outcome(spec(select), caseFile(evidence))[1];

  it('the latest decides, whatever the order', () => {
    expect(state(undefined, dirty(earlier), clean(later))).toBe('Satisfied');
    expect(state(undefined, dirty(later), clean(earlier))).toBe('Refused VulnerabilityThreshold');
  });

  it('any, or all, decide where that is asked for', () => {
    expect(state('Any', dirty(later), clean(earlier))).toBe('Satisfied');
    expect(state('All', dirty(earlier), clean(later))).toBe('Refused VulnerabilityThreshold');
  });

  it('one without a time cannot be set aside as older', () => {
    const timeless = attestationBy('a', VULN, { kind: 'Scan', findings: [] });
    expect(state(undefined, timeless, clean(later))).toBe('Refused ScanTimeInvalid');
  });

  it('one from the future does not hide an older one', () => {
    expect(state(undefined, dirty(later), clean('2027-01-01T00:00:00.000Z'))).toBe('Refused ScanTimeInvalid');
  });

  it('a newer one may be among what was not read', () => {
    const unread = { reason: 'TooManyReferrers', message: '200 referrers' } as const;
    expect(outcome(spec(), caseFile([clean(later)], { unread }))[1]).toBe('Unknown TooManyReferrers');
    expect(outcome(spec(), caseFile([dirty(later)], { unread }))[1]).toBe('Unknown TooManyReferrers');
  });
});

describe('the judgement', () => {
  const proven = caseFile([signatureBy('a')]);
  const named = (policy: string, spec: Requirements) => ({ policy, spec });

  it('is satisfied when everybody is', () => {
    expect(judge([named('policy', requirements(['a']))], proven, NOW).state).toBe('Satisfied');
    expect(
      judge(
        [named('policy', requirements(['a'])), named('ArtifactRelease', requirements(['a']))],
        proven,
        NOW,
      ).state,
    ).toBe('Refused');
  });

  it('reports what is only warned of, and does not follow it', () => {
    const { state, requirements: found } = judge(
      [named('other', requirements(['a'], { mode: 'warn' }))],
      proven,
      NOW,
    );
    expect(state).toBe('Satisfied');
    expect(found).toMatchObject([{ state: 'Refused', mode: 'warn' }]);
  });

  it('of refused and unknown is refused: waiting cannot help', () => {
    const unavailable = new Map([['other/a', { reason: 'KeyUnavailable', message: 'no Secret' } as const]]);
    const file = caseFile([], { unavailable });
    expect(judge([named('other', requirements(['a']))], file, NOW).state).toBe('Unknown');
    expect(
      judge([named('other', requirements(['a'])), named('third', requirements(['a']))], file, NOW).state,
    ).toBe('Refused');
  });
});
