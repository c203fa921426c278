import { describe, expect, it } from 'vitest';
import { Status } from '../../../src/api/artifact-release-status.ts';
import { ConditionReason, REASONS } from '../../../src/api/conditions.ts';
import { artifactReleaseCrd } from '../../../src/api/crd.ts';
import { decide } from '../../../src/domain/decide.ts';
import { counted, withCanary } from '../../support/observations.ts';
import { AVAILABILITY, anEntry, at, onCanary } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

/** Stored by an operator that knows one more reason than this one. */
function newerStatus(): Status {
  const release = onCanary({ spec: { objectives: [AVAILABILITY] } });
  const seen = { ...withCanary(), counts: counted(totals(0, 900, 0, 900)) };
  const { status } = decide(release, seen, at('1m'));
  const text = JSON.stringify({ ...status, history: [anEntry()] });
  return JSON.parse(text.replaceAll(/"reason":"\w+"/g, '"reason":"QuotaExhausted"'));
}

describe('a reason in a status', () => {
  it('is understood as it is where a newer operator wrote one that this one does not know', () => {
    const newer = newerStatus();
    expect(newer.conditions[0]?.reason).toBe('QuotaExhausted');
    expect(newer.analysis?.[0]?.reason).toBe('QuotaExhausted');
    expect(Status.parse(newer)).toEqual(newer);
  });

  it('is a pattern in the CRD too: an older one must not refuse the status of a newer operator', () => {
    const { openAPIV3Schema } = artifactReleaseCrd.spec.versions[0].schema;
    const reasons =
      JSON.stringify(Object(openAPIV3Schema.properties).status).match(/"reason":\{[^}]*\}/g) ?? [];
    expect(reasons.length).toBeGreaterThanOrEqual(5);
    for (const reason of reasons) {
      expect(reason).toContain('"pattern":"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"');
      expect(reason).not.toContain('"enum"');
    }
  });

  it.each(REASONS)('%s fits it', (reason) => {
    expect(ConditionReason.parse(reason)).toBe(reason);
  });

  it.each(['', 'has a space', '1st', 'Ends:', 'x'.repeat(65)])('is not %j', (reason) => {
    expect(ConditionReason.safeParse(reason).success).toBe(false);
  });
});
