import { z } from 'zod';
import { SEVERITIES } from '../../../api/attestation-spec.ts';
import type { ScanFacts, Vulnerability } from '../../../domain/verification/predicate-facts.ts';
import { readGrype } from './grype.ts';
import { readSarif } from './sarif.ts';
import { severityOfScore, severityOfWord } from './severity.ts';
import { readTrivy } from './trivy.ts';
import { instant, parsed, present, UnreadableError } from './unreadable.ts';

/** More than any image has; a bound on what is kept of a scan. */
const MAX_FINDINGS = 50_000;

/** The envelope is the same for cosign's type and in-toto's; only `scanner.result` differs, and is free in cosign's. */
const Scan = z.object({
  scanner: z.object({ uri: z.string().max(512).optional(), result: z.unknown().optional() }),
  metadata: z.object({ scanFinishedOn: z.string().max(64).optional() }).optional(),
});

export function readScan(predicate: unknown): ScanFacts {
  const { scanner, metadata } = parsed(Scan, predicate, 'a vulnerability scan');
  const findings = readResult(scanner.result);
  if (findings.length > MAX_FINDINGS) throw new UnreadableError(`${findings.length} findings`);
  return {
    kind: 'Scan',
    ...present({ scanner: scanner.uri || undefined, finishedAt: instant(metadata?.scanFinishedOn) }),
    findings,
  };
}

/** By the fields that only one format has. What none of them has is not an empty scan. */
function readResult(result: unknown): readonly Vulnerability[] {
  if (Array.isArray(result)) return readInToto(result);
  const { SchemaVersion, matches, runs } = Object(result);
  if (typeof SchemaVersion === 'number') return readTrivy(result);
  if (Array.isArray(matches)) return readGrype(result);
  if (Array.isArray(runs)) return readSarif(result);
  throw new UnreadableError('a scan result that is not of Trivy, Grype, SARIF or in-toto');
}

const InToto = z.array(
  z.object({
    id: z.string().min(1).max(128),
    severity: z
      .array(z.object({ method: z.string().optional(), score: z.union([z.string(), z.number()]) }))
      .min(1),
  }),
);

/** Severities by several methods: the worst one counts. */
function readInToto(result: unknown): readonly Vulnerability[] {
  return parsed(InToto, result, 'in-toto vulnerabilities').map(({ id, severity }) => {
    const severities = severity.map(({ score }) => {
      const number = Number(score);
      return score === '' || Number.isNaN(number) ? severityOfWord(String(score)) : severityOfScore(number);
    });
    const worst = SEVERITIES.find((one) => severities.includes(one)) ?? 'unknown';
    // The format has no field for a fix, so none is known to be missing.
    return { id, component: '', severity: worst, fixAvailable: true };
  });
}
