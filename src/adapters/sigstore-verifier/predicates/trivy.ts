import { z } from 'zod';
import type { Vulnerability } from '../../../domain/verification/predicate-facts.ts';
import { severityOfWord } from './severity.ts';
import { parsed, present } from './unreadable.ts';

const Report = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string().min(1).max(128),
              PkgName: z.string().max(512),
              InstalledVersion: z.string().max(256).optional(),
              FixedVersion: z.string().optional(),
              Severity: z.string(),
              PkgIdentifier: z.object({ PURL: z.string().max(1024).optional() }).optional(),
              VendorIDs: z.array(z.string().max(128)).nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** Trivy leaves out `Results` when it finds nothing. */
export function readTrivy(result: unknown): readonly Vulnerability[] {
  const { Results } = parsed(Report, result, 'a Trivy report');
  return (Results ?? []).flatMap(({ Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) => ({
      id: found.VulnerabilityID,
      component: `${found.PkgName} ${found.InstalledVersion ?? ''}`.trim(),
      ...present({ purl: found.PkgIdentifier?.PURL, aliases: found.VendorIDs ?? undefined }),
      severity: severityOfWord(found.Severity),
      fixAvailable: (found.FixedVersion ?? '') !== '',
    })),
  );
}
