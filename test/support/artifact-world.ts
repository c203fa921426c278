// Artifacts as pipelines leave them in a registry that has no referrers API, each of its own bytes.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Digest } from '../../src/api/scalars.ts';
import { type Content, content, descriptorOf, INDEX, MANIFEST } from './oci-content.ts';
import type { RawRepository } from './raw-repository.ts';

export const SIGNATURE = 'application/vnd.example.signature.v1+json';
export const SBOM = 'application/spdx+json';
export const LEGACY_SIGNATURE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const LEGACY_ANNOTATION = 'dev.cosignproject.cosign/signature';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const EMPTY = content('application/vnd.oci.empty.v1+json', {});
const LARGEST_LAYER_BYTES = 400;

/** Under which tag something attached is found: the fallback of OCI 1.1, or that of cosign's first layout. */
export const referrersTag = (subject: string): string => subject.replace(':', '-');
export const legacyTag = (subject: string): string => `${referrersTag(subject)}.sig`;

export interface Attachment {
  readonly kind: 'signature' | 'sbom' | 'legacy signature';
  readonly subject: Digest;
  readonly manifest: Content;
  /** Those that nothing else has. */
  readonly blobs: readonly Content[];
}

export interface Artifact {
  readonly name: string;
  readonly root: Content;
  /** Those of the platforms; the root itself where there is but one. */
  readonly images: readonly Content[];
  /** Of the images. */
  readonly blobs: readonly Content[];
  readonly attached: readonly Attachment[];
}

/** Every manifest that pulling and verifying it needs, without the lists by which attachments are found. */
export const manifestsOf = ({ root, images, attached }: Artifact): readonly Content[] => [
  ...new Set([root, ...images, ...attached.map(({ manifest }) => manifest)]),
];

export const digestsOf = (artifact: Artifact): readonly Digest[] =>
  manifestsOf(artifact).map(({ digest }) => digest);

/** Makes artifacts in one repository. Their layers follow from `random`; signatures never repeat. */
export class ArtifactWorld {
  readonly repository: RawRepository;
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  readonly #random: () => number;

  constructor(repository: RawRepository, random: () => number) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    this.repository = repository;
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
    this.#random = random;
  }

  async image(name: string, tags: readonly string[] = []): Promise<Artifact> {
    const { manifest, blobs } = this.#image(name, 'amd64');
    await this.repository.push(manifest, blobs, tags);
    return { name, root: manifest, images: [manifest], blobs, attached: [] };
  }

  /** An index of two platforms. */
  async multiArch(name: string, tags: readonly string[] = []): Promise<Artifact> {
    const platforms = ['amd64', 'arm64'].map((architecture) => ({
      architecture,
      ...this.#image(`${name} on ${architecture}`, architecture),
    }));
    for (const { manifest, blobs } of platforms) await this.repository.push(manifest, blobs);
    const root = content(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: platforms.map(({ architecture, manifest }) => ({
        ...descriptorOf(manifest),
        platform: { os: 'linux', architecture },
      })),
      annotations: { name },
    });
    await this.repository.push(root, [], tags);
    const images = platforms.map(({ manifest }) => manifest);
    return { name, root, images, blobs: platforms.flatMap(({ blobs }) => blobs), attached: [] };
  }

  /** The artifact with a signature of one of its manifests, of the root unless said otherwise. */
  async signed(artifact: Artifact, subject: Content = artifact.root): Promise<Artifact> {
    const statement = { digest: subject.digest, signature: this.#signatureOf(subject.digest) };
    return await this.#refer(artifact, 'signature', subject, SIGNATURE, content(SIGNATURE, statement));
  }

  /** The artifact with a list of what one of its manifests consists of, and that list signed. */
  async described(artifact: Artifact, subject: Content = artifact.root): Promise<Artifact> {
    const document = content(SBOM, { describes: subject.digest, serial: this.#random() });
    const described = await this.#refer(artifact, 'sbom', subject, SBOM, document);
    const sbom = described.attached.at(-1);
    return sbom ? await this.signed(described, sbom.manifest) : described;
  }

  /** The artifact with a signature of cosign's first layout. */
  async signedByTag(artifact: Artifact): Promise<Artifact> {
    const { digest: subject } = artifact.root;
    const layer = content(LEGACY_SIGNATURE, { critical: { image: { 'docker-manifest-digest': subject } } });
    const config = content(CONFIG, { of: subject });
    const manifest = content(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptorOf(config),
      layers: [
        { ...descriptorOf(layer), annotations: { [LEGACY_ANNOTATION]: this.#signatureOf(layer.bytes) } },
      ],
    });
    await this.repository.push(manifest, [config, layer], [legacyTag(subject)]);
    const one: Attachment = { kind: 'legacy signature', subject, manifest, blobs: [config, layer] };
    return { ...artifact, attached: [...artifact.attached, one] };
  }

  async #refer(
    artifact: Artifact,
    kind: Attachment['kind'],
    subject: Content,
    artifactType: string,
    layer: Content,
  ): Promise<Artifact> {
    const manifest = content(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType,
      config: descriptorOf(EMPTY),
      layers: [descriptorOf(layer)],
      subject: descriptorOf(subject),
    });
    await this.repository.push(manifest, [EMPTY, layer]);
    await this.#list(manifest, artifactType, referrersTag(subject.digest));
    const one: Attachment = { kind, subject: subject.digest, manifest, blobs: [layer] };
    return { ...artifact, attached: [...artifact.attached, one] };
  }

  /** As clients have to where the registry does not: reads the list under the tag, and puts a longer one there. */
  async #list(referrer: Content, artifactType: string, tag: string): Promise<void> {
    const { status, bytes } = await this.repository.manifest(tag);
    const before =
      status === 200 ? (JSON.parse(bytes.toString('utf8')) as { manifests: object[] }) : undefined;
    const manifests = [...(before?.manifests ?? []), { ...descriptorOf(referrer), artifactType }];
    await this.repository.push(content(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests }), [], [tag]);
  }

  #image(name: string, architecture: string): { manifest: Content; blobs: readonly Content[] } {
    const config = content(CONFIG, {
      name,
      architecture,
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
    });
    const size = 1 + Math.floor(this.#random() * LARGEST_LAYER_BYTES);
    const layer = content(LAYER, Buffer.from(Array.from({ length: size }, () => this.#random() * 256)));
    const manifest = content(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptorOf(config),
      layers: [descriptorOf(layer)],
    });
    return { manifest, blobs: [config, layer] };
  }

  #signatureOf(data: string | Buffer): string {
    return sign('sha256', Buffer.from(data), this.#privateKey).toString('base64');
  }
}
