import { z } from 'zod';
import { cel, DnsLabel, DnsSubdomain } from './scalars.ts';

const DataKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

const TrustRootRef = z
  .object({
    name: DnsSubdomain.meta({ description: 'Name of the ConfigMap.' }),
    key: DataKey.default('trusted_root.json').meta({ description: 'Entry that holds the trusted root.' }),
  })
  .meta({
    description:
      'ConfigMap with a trusted_root.json (certificate authorities, logs, timestamp authorities): in the namespace of the release, or of the operator for a policy.',
  });

const Key = z
  .object({
    secretRef: z
      .object({
        name: DnsSubdomain.meta({ description: 'Name of the Secret.' }),
        key: DataKey.default('cosign.pub').meta({ description: 'Entry that holds the public keys.' }),
      })
      .optional()
      .meta({
        description:
          'Secret with public keys: in the namespace of the release, or of the operator for a policy.',
      }),
    data: z.string().min(1).max(16_384).optional().meta({
      description: 'Public keys as PEM (PUBLIC KEY blocks). Any of several may have signed, for rotation.',
    }),
    hashAlgorithm: z.enum(['sha256', 'sha384', 'sha512']).optional().meta({
      description: 'Hash of the signatures. Default: the one that fits the curve, then sha256.',
    }),
    trustRootRef: TrustRootRef.optional(),
  })
  .meta({
    description: 'Public keys.',
    ...cel({ rule: 'has(self.secretRef) != has(self.data)', message: 'give either secretRef or data' }),
  });

const text = () => z.string().min(1).max(512);

const Identity = z
  .object({
    issuer: text().optional().meta({ description: 'OIDC issuer, exactly.' }),
    issuerRegExp: text().optional().meta({ description: 'OIDC issuer, RE2, matched as a whole.' }),
    subject: text().optional().meta({ description: 'Subject alternative name, exactly.' }),
    subjectRegExp: text().optional().meta({
      description: 'Subject alternative name, RE2, matched as a whole: it needs no ^ and $.',
    }),
    claims: z.record(z.string().max(63), z.string().max(512)).optional().meta({
      maxProperties: 16,
      description:
        'Claims that Fulcio wrote into the certificate, exactly, e.g. sourceRepositoryURI, sourceRepositoryRef, runnerEnvironment.',
    }),
  })
  .meta(
    cel(
      {
        rule: 'has(self.issuer) != has(self.issuerRegExp)',
        message: 'give either issuer or issuerRegExp: without an issuer anybody may claim any subject',
      },
      {
        rule: 'has(self.subject) != has(self.subjectRegExp)',
        message: 'give either subject or subjectRegExp: without a subject every user of the issuer may sign',
      },
    ),
  );
export type Identity = z.infer<typeof Identity>;

const Keyless = z
  .object({
    trustRootRef: TrustRootRef.optional().meta({
      description: 'Trusted root of a private Sigstore. Default: the public-good instance.',
    }),
    identities: z.array(Identity).min(1).max(16).meta({
      description: 'Identities of which one must have signed.',
      'x-kubernetes-list-type': 'atomic',
    }),
    insecureIgnoreSCT: z.boolean().default(false).meta({
      description:
        'Take certificates that no certificate transparency log has. One that says it is in a log is checked all the same.',
    }),
  })
  .meta({ description: 'Short-lived certificates that name who signed.' });

export const Authority = z
  .object({
    name: DnsLabel.meta({ description: 'Name, unique in the list.' }),
    key: Key.optional(),
    keyless: Keyless.optional(),
    ctlog: z
      .object({
        required: z.boolean().optional().meta({
          description: 'Whether a Rekor entry must be there. Default: true for keyless, false for key.',
        }),
      })
      .optional()
      .meta({ description: 'The transparency log of signatures.' }),
    rfc3161timestamp: z
      .object({
        required: z.boolean().default(false).meta({
          description: 'Whether a stamp by a timestamp authority of the trusted root must be there.',
        }),
      })
      .optional()
      .meta({ description: 'Signed time.' }),
  })
  .superRefine(({ key, keyless }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    if ((key === undefined) === (keyless === undefined)) wrong('give either key or keyless');
    if (key && (key.data === undefined) === (key.secretRef === undefined))
      wrong('give either secretRef or data');
    for (const { issuer, issuerRegExp, subject, subjectRegExp } of keyless?.identities ?? []) {
      if ((issuer === undefined) === (issuerRegExp === undefined))
        wrong('give either issuer or issuerRegExp');
      if ((subject === undefined) === (subjectRegExp === undefined))
        wrong('give either subject or subjectRegExp');
    }
  })
  .meta(cel({ rule: 'has(self.key) != has(self.keyless)', message: 'give either key or keyless' }));
export type Authority = z.infer<typeof Authority>;
