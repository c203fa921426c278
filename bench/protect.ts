// What protection costs a registry, and how long an operator takes to look after a thousand digests.

import { findBinaries } from '../test/cluster/binaries.ts';
import { pushImage } from '../test/cluster/images/push-image.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import { Registry } from '../test/cluster/registry.ts';
import { claimSite } from '../test/cluster/site.ts';
import { anImage, anIndex, aReferrer, type Content } from '../test/support/oci-content.ts';
import { aClient, plain } from '../test/support/oci-registry-client.ts';
import { ProtectedRepository } from '../test/support/protected-repository.ts';
import { aRelease } from '../test/support/releases.ts';
import { round } from './statistics.ts';

const DIGESTS_OF_A_REPOSITORY = 10;
/** As the operator has them. */
const WORKERS = 4;
const RESYNC_MS = 600_000;
const CONFIRM_MS = 60_000;

export async function protect(digests: number, progress: OnProgress): Promise<object> {
  const { registry: binary } = await findBinaries(['registry'], progress);
  await using parts = new AsyncDisposableStack();
  const site = await claimSite();
  parts.defer(() => site.release());
  const server = parts.use(new Registry(site, binary));
  await server.start();
  const bench = parts.use(new Bench(server));
  return { ...(await bench.requests()), ...(await bench.crowd(digests, progress)) };
}

interface Part {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
  readonly tags?: readonly string[];
}

class Bench implements AsyncDisposable {
  readonly #server: Registry;
  readonly #client: ReturnType<typeof aClient>;

  constructor(server: Registry) {
    this.#server = server;
    this.#client = aClient({ settings: plain({ host: server.address }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  /** Of one index with all that pulling and verifying it needs, first and when nothing has changed. */
  async requests() {
    const { root, parts } = thirteenManifests();
    const repository = await this.#push('bench/one', parts);
    const cluster = new ProtectedRepository({ registry: this.#client.registry });
    const release = releaseOf('one', repository, root);
    cluster.put(release);
    const first = await this.#counted(async () => {
      await cluster.pass(repository);
      await cluster.clock.advance(CONFIRM_MS);
      await cluster.pass(repository);
    });
    const { members, reason } = cluster.check(release, root) ?? {};
    if (reason !== 'Protected') throw new Error(`not protected: ${reason}`);
    const resync = await this.#counted(async () => {
      await cluster.clock.advance(RESYNC_MS);
      await cluster.pass(repository);
    });
    return { requests_first: first, manifests: members, requests_resync: resync };
  }

  /** Seconds until all of them are protected, apart from the time until they may be read back; and after a restart. */
  async crowd(digests: number, progress: OnProgress) {
    const cluster = new ProtectedRepository({ registry: this.#client.registry });
    const repositories: string[] = [];
    for (let at = 0; at < digests; at += DIGESTS_OF_A_REPOSITORY) {
      progress(`pushing image ${at} of ${digests}`);
      const images = Array.from({ length: DIGESTS_OF_A_REPOSITORY }, (_, one) =>
        anImage(`image ${at + one}`),
      );
      const parts = images.map(({ config, manifest }) => ({ manifest, blobs: [config] }));
      const repository = await this.#push(`bench/crowd-${at}`, parts);
      repositories.push(repository);
      for (const [one, { manifest }] of images.entries())
        cluster.put(releaseOf(`release-${at + one}`, repository, manifest.digest));
    }
    progress(`protecting ${digests} digests`);
    const pass = () => atOnce(repositories, (repository) => cluster.pass(repository));
    const begun = await timed(pass);
    await cluster.clock.advance(CONFIRM_MS);
    const confirmed = await timed(pass);
    const unprotected = cluster
      .service()
      .list()
      .digests.filter(({ reason }) => reason !== 'Protected');
    if (unprotected.length > 0) throw new Error(`${unprotected.length} digests are not protected`);
    progress(`looking after ${digests} digests`);
    cluster.restart();
    await cluster.clock.advance(RESYNC_MS);
    const reconciled = await timed(pass);
    return { protect_1000_s: round(begun + confirmed), reconcile_1000_s: round(reconciled) };
  }

  async #push(path: string, parts: readonly Part[]): Promise<string> {
    const toBlob = ({ bytes, digest, mediaType }: Content) => ({ mediaType, digest, content: bytes });
    for (const { blobs, manifest, tags } of parts)
      await pushImage(
        this.#server.url,
        path,
        { manifest: toBlob(manifest), blobs: blobs.map(toBlob) },
        tags ?? ['latest'],
      );
    return `${this.#server.address}/${path}`;
  }

  async #counted(work: () => Promise<void>): Promise<number> {
    const before = this.#client.requests.length;
    await work();
    return this.#client.requests.length - before;
  }
}

/** Two platforms, a signature of the index, bills of materials of both, a signature of one, and cosign's first layout. */
function thirteenManifests(): { readonly root: string; readonly parts: readonly Part[] } {
  const [amd64, arm64] = [anImage('amd64'), anImage('arm64')];
  const index = anIndex([amd64.manifest, arm64.manifest]);
  const sbom = aReferrer(amd64.manifest, 'sbom of amd64');
  const attached = [
    { subject: index, artifact: aReferrer(index, 'signature') },
    { subject: amd64.manifest, artifact: sbom },
    { subject: arm64.manifest, artifact: aReferrer(arm64.manifest, 'sbom of arm64') },
    { subject: sbom.manifest, artifact: aReferrer(sbom.manifest, 'signature of the sbom') },
  ];
  const discovery = ({ digest }: Content): string => digest.replace(':', '-');
  const legacy = ['sig', 'att'].map((kind) => {
    const { config, manifest } = anImage(`legacy ${kind}`);
    return { manifest, blobs: [config], tags: [`${discovery(index)}.${kind}`] };
  });
  return {
    root: index.digest,
    parts: [
      ...[amd64, arm64].map(({ config, manifest }) => ({ manifest, blobs: [config], tags: [] })),
      { manifest: index, blobs: [], tags: ['1.42.0'] },
      ...attached.flatMap(({ artifact: { config, layer, manifest }, subject }) => [
        { manifest, blobs: [config, layer], tags: [] },
        { manifest: anIndex([manifest]), blobs: [], tags: [discovery(subject)] },
      ]),
      ...legacy,
    ],
  };
}

const releaseOf = (name: string, repository: string, digest: string) =>
  aRelease({
    metadata: { name, uid: name },
    spec: { artifact: { repository, digest }, protection: { mode: 'Tags' } },
    status: { stable: { digest }, pins: [], history: [] },
  });

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function atOnce(all: readonly string[], work: (one: string) => Promise<unknown>): Promise<void> {
  const open = [...all];
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let one = open.shift(); one !== undefined; one = open.shift()) await work(one);
    }),
  );
}
