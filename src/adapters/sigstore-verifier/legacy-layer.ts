import { createHash, X509Certificate } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { z } from 'zod';
import type { AttachedLayer } from '../../ports/artifact-contents.ts';
import { MEDIA_TYPE } from './signed-item.ts';

/** Where cosign 1 and 2 keep what a bundle holds: in the annotations of the layer that was signed. */
const Annotations = z.object({
  'dev.cosignproject.cosign/signature': z.string().optional(),
  'dev.sigstore.cosign/certificate': z.string().optional(),
  'dev.sigstore.cosign/bundle': z.string().optional(),
  'dev.sigstore.cosign/rfc3161timestamp': z.string().optional(),
});

const RekorBundle = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.int(),
    logIndex: z.int(),
    logID: z.string().regex(/^([a-f0-9]{2})+$/),
  }),
});

const Timestamp = z.object({ SignedRFC3161Timestamp: z.string() });

const LogBody = z.object({ kind: z.string(), apiVersion: z.string() });

export const isLegacyLayer = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPE.simpleSigning || mediaType === MEDIA_TYPE.dsseEnvelope;

/** As a v0.1 bundle, the oldest one, which holds exactly this; so that there is one verifier. */
export function readLegacyLayer(layer: AttachedLayer, content: Buffer): Bundle {
  const annotations = Annotations.parse(layer.annotations);
  const certificate = annotations['dev.sigstore.cosign/certificate'];
  const stamp = annotations['dev.sigstore.cosign/rfc3161timestamp'];
  return bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: '' } }
        : { x509CertificateChain: { certificates: [{ rawBytes: derOf(certificate) }] } }),
      tlogEntries: logEntries(annotations['dev.sigstore.cosign/bundle']),
      ...(stamp !== undefined && {
        timestampVerificationData: {
          rfc3161Timestamps: [{ signedTimestamp: Timestamp.parse(JSON.parse(stamp)).SignedRFC3161Timestamp }],
        },
      }),
    },
    ...(layer.mediaType === MEDIA_TYPE.dsseEnvelope
      ? { dsseEnvelope: JSON.parse(content.toString()) }
      : { messageSignature: messageSignature(annotations['dev.cosignproject.cosign/signature'], content) }),
  });
}

function messageSignature(signature: string | undefined, content: Buffer) {
  return {
    messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(content).digest('base64') },
    signature: signature ?? '',
  };
}

function logEntries(annotation: string | undefined) {
  if (annotation === undefined) return [];
  const { SignedEntryTimestamp, Payload } = RekorBundle.parse(JSON.parse(annotation));
  const { kind, apiVersion } = LogBody.parse(JSON.parse(Buffer.from(Payload.body, 'base64').toString()));
  return [
    {
      logIndex: String(Payload.logIndex),
      logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(Payload.integratedTime),
      inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
      canonicalizedBody: Payload.body,
    },
  ];
}

/** The annotation holds the certificate as PEM. */
function derOf(pem: string): string {
  return new X509Certificate(pem).raw.toString('base64');
}
