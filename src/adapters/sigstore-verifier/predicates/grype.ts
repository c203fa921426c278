import { z } from 'zod';
import type { Vulnerability } from '../../../domain/verification/predicate-facts.ts';
import { severityOfWord } from './severity.ts';
import { parsed, present } from './unreadable.ts';

const Report = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: z.string().min(1).max(128),
        severity: z.string(),
        fix: z.object({ state: z.string().optional(), versions: z.array(z.string()).nullish() }).optional(),
      }),
      relatedVulnerabilities: z.array(z.object({ id: z.string().max(128) })).nullish(),
      artifact: z.object({
        name: z.string().max(512),
        version: z.string().max(256).optional(),
        purl: z.string().max(1024).optional(),
      }),
    }),
  ),
});

/** Findings are often GHSA identifiers; the CVE that people know is among the related ones. */
export function readGrype(result: unknown): readonly Vulnerability[] {
  const { matches } = parsed(Report, result, 'a Grype report');
  return matches.map(({ vulnerability, relatedVulnerabilities, artifact }) => ({
    id: vulnerability.id,
    component: `${artifact.name} ${artifact.version ?? ''}`.trim(),
    ...present({ purl: artifact.purl, aliases: relatedVulnerabilities?.map(({ id }) => id) }),
    severity: severityOfWord(vulnerability.severity),
    fixAvailable: (vulnerability.fix?.versions ?? []).length > 0,
  }));
}
