import { z } from 'zod';
import { RegistryProtection } from './protection-spec.ts';
import { cel, DnsLabel, DnsSubdomain, RegistryHost, RegistryLocation } from './scalars.ts';

export const REGISTRY_KIND = 'ArtifactRegistry';
export const REGISTRY_PLURAL = 'artifactregistries';

const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]+$/;

const namespaced = (what: string) => ({
  namespace: DnsLabel.meta({ description: `Namespace of the ${what}.` }),
  name: DnsSubdomain.meta({ description: `Name of the ${what}.` }),
});

const CertificateAuthority = z
  .object({
    pem: z
      .string()
      .min(1)
      .max(65_536)
      .optional()
      .meta({ description: 'Certificates, PEM, one after the other.' }),
    configMap: z
      .object({
        ...namespaced('ConfigMap'),
        key: z
          .string()
          .max(253)
          .regex(CONFIG_MAP_KEY)
          .default('ca.crt')
          .meta({ description: 'Key whose value is the certificates, PEM.' }),
      })
      .optional()
      .meta({ description: 'A ConfigMap with the certificates.' }),
  })
  .meta({
    description: 'Certificate authorities to trust for this registry, besides those of the system.',
    ...cel({
      rule: 'has(self.pem) != has(self.configMap)',
      message: 'ca needs either pem or configMap',
    }),
  });

const Mirror = z.object({
  location: RegistryLocation.meta({
    description:
      'Host of the mirror, with a path if the repositories are below one, e.g. mirror.example.com/cache. An ArtifactRegistry of that host says how to reach it.',
  }),
  listings: z.boolean().default(false).meta({
    description:
      'Believe its tags and lists of signatures too, which no digest proves. For a registry that is out of reach.',
  }),
});

export const RegistrySpec = z
  .object({
    host: RegistryHost.meta({
      description:
        'Host, with a port if it has one, as image references begin, e.g. registry.example.com:5000. Docker Hub is docker.io. Immutable.',
      ...cel({ rule: 'self == oldSelf', message: 'host is immutable; create another ArtifactRegistry' }),
    }),
    plainHttp: z.boolean().default(false).meta({
      description:
        'Speak HTTP without TLS. Whoever is in between reads the credentials; digests still prove the content, but nothing proves the lists.',
    }),
    ca: CertificateAuthority.optional(),
    mirrors: z
      .array(Mirror)
      .max(8)
      .optional()
      .meta({
        description: 'Where the same content can be read; asked in this order, before the registry itself.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['location'],
      }),
    credentials: z
      .object({
        secret: z.object(namespaced('Secret')).meta({
          description: 'A Secret of type kubernetes.io/dockerconfigjson.',
        }),
      })
      .optional()
      .meta({
        description:
          'Used for releases in every namespace, after their own imagePullSecrets and those of their ServiceAccount. Protection needs some that may push.',
      }),
    protection: RegistryProtection.prefault({}),
  })
  .meta({
    description: 'Desired access.',
    ...cel({
      rule: '!self.plainHttp || !has(self.ca)',
      message: 'plainHttp and ca exclude each other: without TLS there is nothing to trust',
    }),
  });
export type RegistrySpec = z.infer<typeof RegistrySpec>;

/** The part of a stored object that the operator reads. */
export const ArtifactRegistry = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
  spec: RegistrySpec,
});
export type ArtifactRegistry = z.infer<typeof ArtifactRegistry>;
