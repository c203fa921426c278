import { z } from 'zod';
import { RevocationStatus } from './revocation-status.ts';
import { cel, Digest, Timestamp } from './scalars.ts';

const text = () => z.string().min(1).max(512);
const set = { 'x-kubernetes-list-type': 'set' };

const RevokedIdentity = z
  .object({
    issuer: text().meta({ description: 'OIDC issuer, exactly.' }),
    subject: text().optional().meta({ description: 'Subject alternative name, exactly.' }),
    subjectRegExp: text()
      .optional()
      .meta({ description: 'Subject alternative name, RE2, matched as a whole.' }),
    claims: z.record(z.string().max(63), z.string().max(512)).optional().meta({
      maxProperties: 16,
      description: 'Claims of the certificate that must be equal, e.g. runInvocationURI.',
    }),
  })
  .meta(
    cel({
      rule: '!(has(self.subject) && has(self.subjectRegExp))',
      message: 'give at most one of subject and subjectRegExp',
    }),
  );

export const ArtifactRevocationSpec = z
  .object({
    reason: z.string().min(1).max(512).meta({ description: 'Why, for the people who are woken by it.' }),
    digests: z
      .array(Digest)
      .max(256)
      .optional()
      .meta({
        description: 'Digests that must not run, of an index or of one platform.',
        ...set,
      }),
    keys: z
      .array(
        z
          .string()
          .max(71)
          .regex(/^sha256:[a-f0-9]{64}$/),
      )
      .max(64)
      .optional()
      .meta({ description: 'Fingerprints of signing keys: sha256 of the DER of the public key.', ...set }),
    identities: z.array(RevokedIdentity).max(64).optional().meta({
      description: 'Signers by certificate.',
      'x-kubernetes-list-type': 'atomic',
    }),
    builders: z
      .array(text())
      .max(64)
      .optional()
      .meta({ description: 'Builders, by the id of provenance.', ...set }),
    commits: z
      .array(
        z
          .string()
          .max(64)
          .regex(/^[a-f0-9]{40}([a-f0-9]{24})?$/),
      )
      .max(256)
      .optional()
      .meta({ description: 'Source commits, in full.', ...set }),
    signedAfter: Timestamp.optional().meta({
      description: 'Spares what was provably signed before. What has no trusted time is not spared.',
    }),
    signedBefore: Timestamp.optional().meta({
      description: 'Spares what was provably signed at this instant or later.',
    }),
    action: z.enum(['Rollback', 'Report']).default('Rollback').meta({
      description:
        'What happens to releases that run it: return to the newest good digest of their history, or nothing. New ones are blocked in any case.',
    }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Only lists in the status what would be affected.' }),
  })
  .meta({
    description: 'What must not run.',
    ...cel({
      rule: '[has(self.digests), has(self.keys), has(self.identities), has(self.builders), has(self.commits)].exists(b, b)',
      message: 'revokes nothing: give digests, keys, identities, builders or commits',
    }),
  });

/** Cluster-scoped. */
export const ArtifactRevocation = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int(),
    creationTimestamp: z.string(),
  }),
  spec: ArtifactRevocationSpec,
  // What a newer operator has written here must not keep this one from understanding what is revoked.
  status: RevocationStatus.optional().catch(undefined),
});
export type ArtifactRevocation = z.infer<typeof ArtifactRevocation>;
