import { z } from 'zod';
import { ConditionReason } from './conditions.ts';
import { Digest, Timestamp } from './scalars.ts';

const text = (most: number) => z.string().max(most);
const atomic = { 'x-kubernetes-list-type': 'atomic' };

/** Signers, sources and the like, as others wrote them: cut, never refused. */
export const MAX_FACT = 256;
/** Signatures, attestations, rejections and warnings that are shown; all of them count. */
export const MAX_SHOWN = 10;

const fact = () => text(MAX_FACT);

const Signer = z
  .object({
    keyFingerprint: text(71)
      .optional()
      .meta({ description: 'sha256 of the DER of the public key, where a key signed.' }),
    issuer: fact().optional().meta({ description: 'OIDC issuer, where a certificate signed.' }),
    subject: fact().optional().meta({ description: 'Subject alternative name of that certificate.' }),
  })
  .meta({ description: 'Who signed.' });

const SignedRecord = {
  authority: fact().meta({ description: 'Policy and authority that trust the signer.' }),
  signer: Signer,
  signedAt: Timestamp.optional().meta({
    description: 'Time that a log or a timestamp authority vouches for.',
  }),
  manifestDigest: Digest.meta({ description: 'Manifest that carried it.' }),
};

const origin = {
  builder: fact().optional().meta({ description: 'Who built it.' }),
  source: fact().optional().meta({ description: 'Repository that it was built from.' }),
  commit: fact().optional().meta({ description: 'Commit that it was built from.' }),
  ref: fact().optional().meta({ description: 'Git ref that was built.' }),
  workflow: fact().optional().meta({ description: 'Build definition.' }),
  run: fact().optional().meta({ description: 'The run of the builder.' }),
};

const findings = () => z.int().min(0).optional();

/** What was proven about one digest, and how; for people, and for the question who built what runs. */
export const VerificationRecord = z
  .object({
    digest: Digest.meta({ description: 'Digest that this is about.' }),
    state: z
      .enum(['Verified', 'Failed', 'Unknown', 'Revoked'])
      .meta({ description: 'Only Verified lets a digest run.' }),
    reason: ConditionReason.meta({ description: 'Why, for machines.' }),
    policyHash: text(64).meta({
      description: 'What was asked for, with the keys and roots that it names, hashed.',
    }),
    lastVerifiedTime: Timestamp.optional().meta({ description: 'When the registry was last read for it.' }),
    signatures: z
      .array(
        z.object({ ...SignedRecord, format: z.enum(['bundle', 'legacy']).meta({ description: 'Layout.' }) }),
      )
      .max(MAX_SHOWN)
      .meta({ description: 'Signatures that count, one a signer and authority.', ...atomic }),
    attestations: z
      .array(z.object({ ...SignedRecord, predicateType: fact().meta({ description: 'What is attested.' }) }))
      .max(MAX_SHOWN)
      .meta({ description: 'Attestations by trusted authorities.', ...atomic }),
    provenance: z
      .object({
        ...origin,
        conflicts: z
          .array(text(32))
          .max(8)
          .optional()
          .meta({
            description: 'Fields on which certificate and predicate contradict each other.',
            ...atomic,
          }),
      })
      .optional()
      .meta({ description: 'Where it was built, from what.' }),
    vulnerabilities: z
      .object({
        critical: findings().meta({ description: 'Findings of severity critical.' }),
        high: findings().meta({ description: 'Findings of severity high.' }),
        medium: findings().meta({ description: 'Findings of severity medium.' }),
        low: findings().meta({ description: 'Findings of severity low.' }),
        unknown: findings().meta({ description: 'Findings without a severity.' }),
        scannedAt: Timestamp.optional().meta({ description: 'By the signed content of the scan.' }),
        scanner: fact().optional().meta({ description: 'URI of the scanner.' }),
      })
      .optional()
      .meta({ description: 'What the newest scan found, before exceptions.' }),
    sbom: z
      .object({
        format: text(16).meta({ description: 'SPDX or CycloneDX.' }),
        components: z.int().min(0).meta({ description: 'Number of components.' }),
        identifiedPercent: z
          .int()
          .min(0)
          .max(100)
          .meta({ description: 'Share with a name, a version and a unique identifier.' }),
        manifestDigest: Digest.meta({ description: 'Manifest that carried it.' }),
      })
      .optional()
      .meta({ description: 'The bill of materials.' }),
    rejected: z
      .array(
        z.object({
          manifestDigest: Digest.meta({ description: 'Manifest.' }),
          reason: ConditionReason.meta({ description: 'Why it counts for nothing.' }),
        }),
      )
      .max(MAX_SHOWN)
      .optional()
      .meta({ description: 'What is attached and convinced no authority.', ...atomic }),
    warnings: z
      .array(text(512))
      .max(MAX_SHOWN)
      .optional()
      .meta({ description: 'What policies in mode warn do not find proven.', ...atomic }),
    signals: z
      .array(
        z.object({
          type: z
            .enum(['NotReproducible', 'TagMoved', 'SignerChanged'])
            .meta({ description: 'What is odd; it stops nothing unless a policy says so.' }),
          message: text(512).meta({ description: 'In words.' }),
        }),
      )
      .max(3)
      .optional()
      .meta({
        description: 'What looks wrong though everything is proven.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
    revokedBy: z
      .array(text(253))
      .max(MAX_SHOWN)
      .optional()
      .meta({
        description: 'ArtifactRevocations that it falls under.',
        ...atomic,
      }),
  })
  .meta({ description: 'What is proven about the digest in question, and how.' });
export type VerificationRecord = z.infer<typeof VerificationRecord>;

export type Signal = NonNullable<VerificationRecord['signals']>[number];
