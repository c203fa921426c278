import { createHash } from 'node:crypto';
import type { Digest } from '../../src/api/scalars.ts';
import type { ArtifactContents, AttachedLayer, AttachedManifest } from '../../src/ports/artifact-contents.ts';

export const SIGNATURE_TYPE = 'https://sigstore.dev/cosign/sign/v1';
export const BUNDLE_LAYER = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const SIMPLE_SIGNING_LAYER = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_LAYER = 'application/vnd.dsse.envelope.v1+json';

export const digestOf = (content: Uint8Array | string): Digest =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

export const SUBJECT = digestOf('an image');
export const OTHER_SUBJECT = digestOf('another image');

export function statementAbout(subject: Digest, predicateType: string, predicate: unknown = {}) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: '', digest: { sha256: subject.slice('sha256:'.length) } }],
    predicateType,
    predicate,
  };
}

export const signatureStatement = (subject: Digest = SUBJECT) => statementAbout(subject, SIGNATURE_TYPE);

export function layer(
  mediaType: string,
  content: Uint8Array | object,
  annotations: Readonly<Record<string, string>> = {},
): AttachedLayer {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), size: bytes.length, annotations, content: bytes };
}

/** A bundle as a referrer (layout A). */
export function referrer(bundle: object, subject: Digest = SUBJECT): AttachedManifest {
  const one = layer(BUNDLE_LAYER, bundle);
  return { digest: digestOf(`manifest of ${one.digest}`), subject, foundAs: 'Referrer', layers: [one] };
}

/** A manifest under a legacy tag of cosign (layout B). */
export function tagged(
  foundAs: 'SignatureTag' | 'AttestationTag',
  ...layers: readonly AttachedLayer[]
): AttachedManifest {
  return { digest: digestOf(`${foundAs} ${layers.map(({ digest }) => digest).join(' ')}`), foundAs, layers };
}

export function attachedTo(subject: Digest, ...attached: readonly AttachedManifest[]): ArtifactContents {
  return { subject, attached };
}

export const attached = (...manifests: readonly AttachedManifest[]): ArtifactContents =>
  attachedTo(SUBJECT, ...manifests);
