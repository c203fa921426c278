import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Doubt } from '../../src/api/verification-reasons.ts';
import type { CaseFile } from '../../src/domain/verification/case-file.ts';
import { judge, type NamedRequirements } from '../../src/domain/verification/judge.ts';
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
} from '../support/evidence.ts';

const POLICIES = ['one', 'two', 'three', 'ArtifactRelease'];
const NAMES = ['a', 'b', 'c'];

const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 });

const spec = fc
  .record({
    authorities: names,
    minAuthorities: fc.integer({ min: 0, max: 2 }),
    mode: fc.constantFrom('enforce' as const, 'warn' as const),
    scan: fc.option(
      fc.record({ select: fc.constantFrom('Latest', 'Any', 'All'), ignore: fc.boolean(), vex: fc.boolean() }),
    ),
  })
  .map(({ authorities, minAuthorities, mode, scan }) => {
    const ignore = scan?.ignore ? [{ id: 'CVE-1', until: '2027-01-01T00:00:00Z', reason: 'known' }] : [];
    const gate = { ignore, ...(scan?.vex && { vexAuthorities: authorities.slice(0, 1) }) };
    const attestations = scan ? [scanRequirement(gate, { select: scan.select as 'Any' })] : [];
    return requirements(authorities, { minAuthorities, mode, attestations });
  });

const asked = fc.uniqueArray(
  fc.record({ policy: fc.constantFrom(...POLICIES), spec }) satisfies fc.Arbitrary<NamedRequirements>,
  { selector: ({ policy }) => policy, minLength: 1 },
);

const evidence = fc
  .record({
    policy: fc.constantFrom(...POLICIES),
    name: fc.constantFrom(...NAMES),
    kind: fc.constantFrom('signature', 'clean', 'dirty', 'old', 'unreadable', 'vex'),
    signer: fc.constantFrom('s1', 's2', 's3'),
  })
  .map(({ policy, name, kind, signer }) => {
    const by = { authority: `${policy}/${name}`, signer: keySigner(signer) };
    const scan = (facts: Parameters<typeof attestationBy>[2]) => attestationBy(name, VULN, facts, by);
    switch (kind) {
      case 'signature':
        return signatureBy(name, by);
      case 'clean':
        return scan(scanOf());
      case 'dirty':
        return scan(scanOf([finding('CVE-1')]));
      case 'old':
        return scan(scanOf([], { finishedAt: '2026-01-01T00:00:00.000Z' }));
      case 'unreadable':
        return scan({ kind: 'Unreadable', problem: 'a table' });
      default:
        return attestationBy(
          name,
          'https://openvex.dev/ns',
          {
            kind: 'Vex',
            statements: [
              {
                vulnerability: 'CVE-1',
                aliases: [],
                status: 'fixed',
                justified: true,
                timestamp: '2026-11-01T00:00:00.000Z',
                products: [],
              },
            ],
          },
          by,
        );
    }
  });

const unread = { reason: 'TooManyReferrers' as Doubt, message: 'more' };

const files: fc.Arbitrary<CaseFile> = fc
  .record({ evidence: fc.array(evidence, { maxLength: 12 }), isPartial: fc.boolean() })
  .map(({ evidence: found, isPartial }) => caseFile(found, isPartial ? { unread } : {}));

describe('who asks for more', () => {
  it('never turns a no into a yes', () => {
    fc.assert(
      fc.property(asked, files, (everybody, file) => {
        const whole = judge(everybody, file, NOW);
        const parts = everybody.map((one) => judge([one], file, NOW));
        const all = parts.every(({ state }) => state === 'Satisfied');
        expect(whole.state === 'Satisfied').toBe(all);
        // Each is judged as if it were alone: no exception, authority or mode of another reaches it.
        expect(whole.requirements).toEqual(parts.flatMap((part) => part.requirements));
      }),
      { numRuns: 300 },
    );
  });

  it('is never satisfied by what was not read', () => {
    fc.assert(
      fc.property(asked, files, (everybody, file) => {
        const whole = judge(everybody, { ...file, evidence: [], unread }, NOW);
        for (const { name, state } of whole.requirements) {
          if (name !== 'signature') expect(state).toBe('Unknown');
        }
      }),
      { numRuns: 100 },
    );
  });
});
