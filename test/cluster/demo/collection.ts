import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../../../src/adapters/kubernetes/resources.ts';
import type { ProtectionStatus } from '../../../src/api/protection-status.ts';
import { hexOf, shortDigest } from '../../../src/domain/digest.ts';
import type { Pod } from '../node-agent/pod.ts';
import type { Shop } from '../shop.ts';
import { timestamp } from '../time.ts';
import { waitFor } from '../wait-for.ts';
import { podsOf } from '../web-workload.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { Stage } from './stage.ts';
import type { Timeline } from './timeline.ts';

const TIMEOUT_MS = 30_000;
const MEBIBYTE = 1024 * 1024;
const UNRELEASED = '1.5-rc1';

type Kept = ProtectionStatus['digests'];

/** Versions, by digest. */
type Images = ReadonlyMap<string, string>;

/** The last act: who cleans up knows nothing of releases, and all that the release needs is still there. */
export class Collection {
  readonly #stage: Stage;
  readonly #housekeeping: Housekeeping;
  readonly #shop: Shop;
  readonly #timeline: Timeline;

  constructor(stage: Stage, housekeeping: Housekeeping, shop: Shop, timeline: Timeline) {
    this.#stage = stage;
    this.#housekeeping = housekeeping;
    this.#shop = shop;
    this.#timeline = timeline;
  }

  /** `pushed` is every image in the repository. Rejects when something is gone that the release needs. */
  async play(pushed: Images): Promise<void> {
    const images = new Map(pushed).set(await this.#housekeeping.pushBuild(UNRELEASED), UNRELEASED);
    this.#timeline.title(
      `The registry collects its garbage; build ${UNRELEASED} was pushed and never released`,
    );
    const kept = await this.#settled(images);
    const tags = await this.#housekeeping.deleteTags();
    const versions = tags.filter((tag) => [...images.values()].includes(tag));
    this.#timeline.note(
      `Retention deletes every tag: ${versions.join(', ')}, and ${tags.length - versions.length} by which signatures are found`,
    );
    const { bytes, manifests } = await this.#housekeeping.collect();
    this.#timeline.note(
      `registry garbage-collect --delete-untagged: ${manifests} manifests, ${(bytes / MEBIBYTE).toFixed(1)} MiB are gone`,
    );
    await this.#tabulate(images, kept);
    const stable = kept.find(({ role }) => role === 'Stable')?.digest ?? '';
    await this.#verify(stable, images.get(stable));
    await this.#scaleUp(stable);
  }

  /** Resolves once what is needed is protected, and nothing else is kept any more. */
  async #settled(images: Images): Promise<Kept> {
    const observe = async () => ({
      digests: (await this.#shop.status())?.protection?.digests ?? [],
      tags: await this.#housekeeping.tags(),
    });
    const { digests } = await waitFor(
      'protection of what is needed, and of nothing else',
      TIMEOUT_MS,
      observe,
      (seen) => {
        const needed = seen.digests.map(({ digest }) => digest);
        const rest = [...images.keys()].filter((digest) => !needed.includes(digest));
        return (
          seen.digests.every(({ reason }) => reason === 'Protected') &&
          !rest.some((digest) => seen.tags.some((tag) => isKeepTagOf(tag, digest)))
        );
      },
    );
    return digests;
  }

  async #tabulate(images: Images, kept: Kept): Promise<void> {
    const rows = await Promise.all(
      [...images].map(async ([digest, version]) => {
        const needed = kept.find((one) => one.digest === digest);
        const found = await this.#housekeeping.holds(digest);
        if (needed && !found) throw new Error(`${digest} is protected, and gone`);
        const role = needed?.role ?? '-';
        const manifests = needed ? `${needed.members}` : '-';
        return [shortDigest(digest), version, role, manifests, found ? 'there' : 'gone'];
      }),
    );
    this.#timeline.table([['DIGEST', 'VERSION', 'ROLE', 'MANIFESTS', 'REGISTRY'], ...rows]);
  }

  /** By an operator that has just started, so that it has nothing to go by but the registry. */
  async #verify(digest: string, version: string | undefined): Promise<void> {
    const startedAt = timestamp();
    // The revoked digest is still the one that the release names, and so the one that is asked about.
    await this.#shop.patch({ spec: { artifact: { digest, version } } });
    await this.#stage.operator.kill();
    await this.#stage.operator.start();
    const status = await this.#shop.until(
      `the verification of ${digest}`,
      TIMEOUT_MS,
      ({ verification: record }) =>
        record?.digest === digest &&
        record.state === 'Verified' &&
        (record.lastVerifiedTime ?? '') >= startedAt,
    );
    const signatures = status.verification?.signatures?.length ?? 0;
    this.#timeline.note(
      `The operator starts anew and reads the registry: ${shortDigest(digest)} is Verified, by ${signatures} signature`,
    );
  }

  /** One pod more, on a node that has to pull what it runs. */
  async #scaleUp(digest: string): Promise<void> {
    const { client, namespace } = this.#stage;
    const path = resourcePath(DEPLOYMENTS, { namespace, name: this.#shop.name });
    const { spec } = await client.api.get<{ spec: { replicas: number } }>(path);
    const before = (await podsOf(client, namespace)).map(({ metadata }) => metadata.uid);
    this.#housekeeping.emptyNodes();
    await client.api.mergePatch(path, { spec: { replicas: spec.replicas + 1 } }, { fieldManager: 'shop' });
    const pods = await waitFor(
      'a new pod',
      TIMEOUT_MS,
      async () => (await podsOf(client, namespace)).filter(({ metadata }) => !before.includes(metadata.uid)),
      (all) => all.some(isReady),
    );
    const pod = pods.find((one) => isReady(one) && runs(one, digest));
    if (!pod) throw new Error(`no new pod runs ${digest}`);
    this.#timeline.note(
      `Scaled up, and the node has lost its images: ${pod.metadata.name} has pulled ${shortDigest(digest)} and is ready`,
    );
  }
}

const isKeepTagOf = (tag: string, digest: string): boolean =>
  tag.startsWith('keep.') && tag.endsWith(hexOf(digest));

const runs = ({ status }: Pod, digest: string): boolean =>
  status?.containerStatuses?.every(({ imageID }) => imageID.endsWith(digest)) === true;

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') === true;
