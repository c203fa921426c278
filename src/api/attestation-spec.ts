import { z } from 'zod';
import { cel, DnsLabel, Duration, longerThanZero, Timestamp } from './scalars.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
export type Severity = (typeof SEVERITIES)[number];

const text = () => z.string().min(1).max(512);
const texts = () => z.array(text()).min(1).max(32);
const names = () => z.array(DnsLabel).min(1).max(16);
const set = { 'x-kubernetes-list-type': 'set' };

const PredicateType = z.string().min(1).max(256);

const Provenance = z
  .object({
    builderIDs: texts()
      .optional()
      .meta({ description: 'Builders of which one must have built.', ...set }),
    sourceURIs: texts()
      .optional()
      .meta({
        description:
          'Source repositories of which one must be the origin, e.g. https://git.example/acme/app.',
        ...set,
      }),
    sourceRefs: texts()
      .optional()
      .meta({
        description: 'Git refs of which one must have been built; * stands for anything but a slash.',
        ...set,
      }),
    commits: z
      .array(
        z
          .string()
          .max(64)
          .regex(/^[a-f0-9]{40}([a-f0-9]{24})?$/),
      )
      .min(1)
      .max(32)
      .optional()
      .meta({ description: 'Commits of which one must have been built, in full.', ...set }),
    requireCommit: z.boolean().default(false).meta({
      description: 'Whether the provenance must name the commit.',
    }),
  })
  .meta({ description: 'What SLSA provenance must say. Claims of the certificate outrank it.' });
export type ProvenanceGate = z.infer<typeof Provenance>;

const percent = (what: string) =>
  z
    .int()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: `Least share of the components, in percent, with ${what}.` });

const Sbom = z
  .object({
    minComponents: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .meta({ description: 'Least number of components.' }),
    requireTimestamp: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether it must say when it was made.' }),
    requireRelationships: z.boolean().default(false).meta({
      description: 'Whether it must say what depends on what.',
    }),
    minIdentifiedPercent: percent('a name, a version and a unique identifier'),
    minSupplierPercent: percent('a supplier'),
    minLicensePercent: percent('a licence'),
    minHashPercent: percent('a hash'),
  })
  .meta({ description: 'What a bill of materials (SPDX, CycloneDX) must contain.' });
export type SbomGate = z.infer<typeof Sbom>;

const limit = (severity: string) =>
  z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .meta({ description: `Most findings of severity ${severity}. Default: any number.` });

const Ignored = z.object({
  id: z.string().min(1).max(64).meta({ description: 'Identifier, e.g. CVE-2026-1234.' }),
  until: Timestamp.meta({ description: 'From this instant on it counts again.' }),
  reason: text().meta({ description: 'Why it is acceptable until then.' }),
});

const Vulnerabilities = z
  .object({
    maxAge: Duration.default('168h').meta({
      description: 'Oldest scan that still counts, by the time in its signed content.',
      ...longerThanZero('maxAge'),
    }),
    maxAllowed: z
      .object({
        critical: limit('critical'),
        high: limit('high'),
        medium: limit('medium'),
        low: limit('low'),
        unknown: limit('unknown'),
      })
      .prefault({ critical: 0 })
      .meta({ description: 'Most findings by severity. Default: no critical ones.' }),
    ignoreUnfixed: z.boolean().default(false).meta({
      description: 'Whether findings without a fixed version do not count.',
    }),
    scanners: texts()
      .optional()
      .meta({ description: 'Scanners of which one must have scanned, by URI.', ...set }),
    vexAuthorities: names()
      .optional()
      .meta({
        description: 'Authorities whose OpenVEX statements may declare a finding fixed or not exploitable.',
        ...set,
      }),
    ignore: z
      .array(Ignored)
      .max(64)
      .optional()
      .meta({
        description: 'Vulnerabilities that do not count for a time.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['id'],
      }),
  })
  .meta({ description: 'What a scan (Trivy, Grype, SARIF, in-toto) may find.' });
export type VulnerabilityGate = z.infer<typeof Vulnerabilities>;

export const Attestation = z
  .object({
    name: DnsLabel.meta({ description: 'Name, unique in the list.' }),
    predicateTypes: z
      .array(PredicateType)
      .min(1)
      .max(8)
      .meta({
        description:
          'Predicate types of which one must be there: a URI, or slsaprovenance, spdxjson, cyclonedx, vuln, openvex.',
        ...set,
      }),
    authorities: names()
      .optional()
      .meta({
        description: 'Authorities that may attest. Default: each of them.',
        ...set,
      }),
    select: z.enum(['Latest', 'Any', 'All']).optional().meta({
      description:
        'Which of several must pass. Default: Latest for scans, Any for the rest. Those without a trusted time always count as latest.',
    }),
    provenance: Provenance.optional(),
    sbom: Sbom.optional(),
    vulnerabilities: Vulnerabilities.optional(),
  })
  .superRefine(({ provenance, sbom, vulnerabilities }, context) => {
    if ([provenance, sbom, vulnerabilities].filter((gate) => gate !== undefined).length > 1) {
      context.addIssue({
        code: 'custom',
        message: 'give at most one of provenance, sbom and vulnerabilities',
      });
    }
  })
  .meta(
    cel({
      rule: '[has(self.provenance), has(self.sbom), has(self.vulnerabilities)].filter(b, b).size() <= 1',
      message: 'give at most one of provenance, sbom and vulnerabilities',
    }),
  );
export type Attestation = z.infer<typeof Attestation>;
