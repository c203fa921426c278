// Whether an artifact can still be pulled and verified, found out as a client does: by reading all of it.

import { type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import {
  type Artifact,
  type Attachment,
  LEGACY_ANNOTATION,
  legacyTag,
  manifestsOf,
  referrersTag,
} from './artifact-world.ts';
import { type Answer, hashOf, type RawRepository } from './raw-repository.ts';

const Descriptor = z.object({
  digest: z.string(),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).default({}),
});
const Manifest = z.object({
  config: Descriptor.optional(),
  layers: z.array(Descriptor).default([]),
  manifests: z.array(Descriptor).default([]),
  subject: Descriptor.optional(),
});
const Statement = z.object({ digest: z.string(), signature: z.string() });

type Manifest = z.infer<typeof Manifest>;

/** What is lost of the artifact, a sentence each; nothing where every byte is there and every signature is good. */
export async function deepVerify(
  repository: RawRepository,
  artifact: Artifact,
  publicKey: KeyObject,
): Promise<readonly string[]> {
  const verification = new Verification(repository, publicKey, artifact.name);
  await verification.image(artifact.root.digest, artifact.name);
  for (const attachment of artifact.attached) await verification.attachment(attachment);
  return verification.losses;
}

/** What is still there of an artifact that should be gone: its own manifests and blobs, a name each. */
export async function remainsOf(repository: RawRepository, artifact: Artifact): Promise<readonly string[]> {
  const blobs = [...artifact.blobs, ...artifact.attached.flatMap((attachment) => attachment.blobs)];
  const asked = [
    ...manifestsOf(artifact).map(({ digest }) => ({ digest, answer: repository.manifest(digest) })),
    ...blobs.map(({ digest }) => ({ digest, answer: repository.blob(digest) })),
  ];
  const answers = await Promise.all(asked.map(({ answer }) => answer));
  return asked
    .filter((_, index) => answers[index]?.status === 200)
    .map(({ digest }) => `${artifact.name}: ${digest}`);
}

class Verification {
  readonly losses: string[] = [];
  readonly #repository: RawRepository;
  readonly #publicKey: KeyObject;
  readonly #name: string;

  constructor(repository: RawRepository, publicKey: KeyObject, name: string) {
    this.#repository = repository;
    this.#publicKey = publicKey;
    this.#name = name;
  }

  /** A manifest with its blobs, or an index with its manifests. */
  async image(digest: string, what: string): Promise<Manifest | undefined> {
    const manifest = await this.#manifest(digest, `the manifest of ${what}`);
    if (manifest === undefined) return undefined;
    const { config, layers, manifests } = manifest;
    for (const blob of config ? [config, ...layers] : layers)
      await this.#blob(blob.digest, `a blob of ${what}`);
    for (const [index, child] of manifests.entries())
      await this.image(child.digest, `platform ${index + 1} of ${what}`);
    return manifest;
  }

  async attachment({ kind, manifest, subject }: Attachment): Promise<void> {
    const { digest } = manifest;
    const what = `the ${kind} ${digest}`;
    const found =
      kind === 'legacy signature' ? await this.#taggedAs(subject) : await this.#listedFor(subject);
    if (!found.includes(digest)) this.#lost(`${what} is not found by its tag`);
    const read = await this.image(digest, what);
    if (read === undefined) return;
    if (kind === 'signature') await this.#signature(read, subject, what);
    if (kind === 'legacy signature') await this.#legacySignature(read, what);
  }

  async #taggedAs(subject: string): Promise<readonly string[]> {
    const { status, bytes } = await this.#repository.manifest(legacyTag(subject));
    return status === 200 ? [hashOf(bytes)] : [];
  }

  async #listedFor(subject: string): Promise<readonly string[]> {
    const { status, bytes } = await this.#repository.manifest(referrersTag(subject));
    return status === 200 ? parse(bytes).manifests.map(({ digest }) => digest) : [];
  }

  async #signature({ layers, subject }: Manifest, signed: string, what: string): Promise<void> {
    const layer = await this.#repository.blob(layers[0]?.digest ?? '');
    if (layer.status !== 200) return;
    const { digest, signature } = Statement.parse(JSON.parse(layer.bytes.toString('utf8')));
    const isAboutIt = digest === signed && subject?.digest === signed;
    if (!isAboutIt || !this.#isGood(Buffer.from(signed), signature)) this.#lost(`${what} does not verify`);
  }

  async #legacySignature({ layers }: Manifest, what: string): Promise<void> {
    const { status, bytes } = await this.#repository.blob(layers[0]?.digest ?? '');
    const signature = layers[0]?.annotations[LEGACY_ANNOTATION] ?? '';
    if (status === 200 && !this.#isGood(bytes, signature)) this.#lost(`${what} does not verify`);
  }

  #isGood(data: Buffer, signature: string): boolean {
    return verify('sha256', data, this.#publicKey, Buffer.from(signature, 'base64'));
  }

  async #manifest(digest: string, what: string): Promise<Manifest | undefined> {
    const answer = await this.#repository.manifest(digest);
    return this.#isWhole(answer, digest, what) ? parse(answer.bytes) : undefined;
  }

  async #blob(digest: string, what: string): Promise<void> {
    this.#isWhole(await this.#repository.blob(digest), digest, what);
  }

  #isWhole({ status, bytes }: Answer, digest: string, what: string): boolean {
    if (status !== 200) this.#lost(`${what} is gone: ${digest} is answered with ${status}`);
    else if (hashOf(bytes) !== digest) this.#lost(`${what} has other bytes: ${digest} is ${hashOf(bytes)}`);
    else return true;
    return false;
  }

  #lost(what: string): void {
    this.losses.push(`${this.#name}: ${what}`);
  }
}

const parse = (bytes: Buffer): Manifest => Manifest.parse(JSON.parse(bytes.toString('utf8')));
