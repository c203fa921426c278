import { setTimeout as delay } from 'node:timers/promises';
import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, VERSION } from '../../../src/api/artifact-release.ts';
import type { Status } from '../../../src/api/artifact-release-status.ts';
import { shortDigest } from '../../../src/domain/digest.ts';
import type { WorkloadImage } from '../cluster-client.ts';
import type { Behaviour } from '../images/workload-image.ts';
import { Shop } from '../shop.ts';
import { demand } from '../signer.ts';
import { Collection } from './collection.ts';
import type { Stage } from './stage.ts';
import { Timeline } from './timeline.ts';

const ACT_TIMEOUT_MS = 120_000;

/** Releases on one stage, good and bad. Rejects when an act does not come to its end in two minutes. */
export async function play(stage: Stage): Promise<void> {
  const story = new Story(stage);
  const { good, load } = await story.opening();
  await story.badReleases();
  const last = (await story.outage()) ?? good;
  await story.revocation(last);
  await load.stop();
  await story.report();
  await story.collection();
}

const isStable =
  ({ digest }: WorkloadImage) =>
  ({ phase, stable }: Status): boolean =>
    phase === 'Healthy' && stable?.digest === digest;

class Story {
  readonly #stage: Stage;
  readonly #shop: Shop;
  readonly #timeline = new Timeline();
  /** Versions, by digest. */
  readonly #pushed = new Map<string, string>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#shop = new Shop(stage.client, stage.namespace);
  }

  /** What runs is adopted; then a good release goes, where images are signed not before it is signed. */
  async opening() {
    const first = await this.#push({ mode: 'good', version: '1.0' });
    const good = await this.#push({ mode: 'good', version: '1.1' });
    await this.#sign(first);
    this.#timeline.title(`Adopt what runs: Deployment checkout at tag 1.0 (${shortDigest(first.digest)})`);
    const protection = { mode: this.#stage.housekeeping ? 'Tags' : 'None', releaseGracePeriod: '2s' };
    await this.#shop.open(`${first.repository}:1.0`, first, { spec: { protection } });
    await this.#follow(({ phase }) => phase === 'Healthy');
    const load = await this.#stage.sendRequests('checkout');
    await this.#shipUnsigned(good);
    this.#timeline.title(`A good release, ${shortDigest(good.digest)}: 5 %, 25 %, 50 %, promotion, bake`);
    if (this.#stage.signer) await this.#sign(good);
    else await this.#shop.ship(good, '1.1');
    await this.#follow(isStable(good));
    return { good, load };
  }

  async #shipUnsigned(image: WorkloadImage): Promise<void> {
    const { client, namespace, signer } = this.#stage;
    if (!signer) return;
    this.#timeline.title('A policy: only what the pipeline has signed may run. The next build is not signed');
    const key = { data: await signer.publicKey() };
    await demand(client, namespace, { authorities: [{ name: 'pipeline', key }] });
    await this.#shop.ship(image, '1.1');
    await this.#follow(({ phase }) => phase === 'Blocked');
    this.#timeline.note('The pipeline signs it: cosign sign');
  }

  async badReleases(): Promise<void> {
    const erroring = await this.#push({ mode: 'erroring', version: '1.2', errorRatio: 0.25 });
    await this.#sign(erroring);
    this.#timeline.title(`A release that fails a quarter of its requests, ${shortDigest(erroring.digest)}`);
    await this.#shop.ship(erroring, '1.2');
    await this.#follow(({ phase }) => phase === 'RolledBack');

    const crashing = await this.#push({ mode: 'crashing', version: '1.3' });
    await this.#sign(crashing);
    this.#timeline.title(`A release whose pods crash, ${shortDigest(crashing.digest)}`);
    await this.#shop.ship(crashing, '1.3');
    await this.#follow(
      ({ phase, history }) => phase === 'RolledBack' && history?.[0]?.digest === crashing.digest,
    );
  }

  /** Undefined where Prometheus is not ours to stop. */
  async outage(): Promise<WorkloadImage | undefined> {
    const { prometheus } = this.#stage;
    if (!prometheus) return undefined;
    const held = await this.#push({ mode: 'good', version: '1.4' });
    await this.#sign(held);
    this.#timeline.title(`Prometheus goes away in mid-step, ${shortDigest(held.digest)}`);
    await this.#shop.ship(held, '1.4');
    await this.#follow(({ candidate }) => candidate?.weight === 5);
    await prometheus.stop();
    this.#timeline.note('Prometheus is stopped');
    await this.#follow(({ phase }) => phase === 'Holding');
    await prometheus.start();
    this.#timeline.note('Prometheus is back');
    await this.#follow(isStable(held));
    return held;
  }

  async revocation({ digest }: WorkloadImage): Promise<void> {
    this.#timeline.title(`The build machine was taken over: ${shortDigest(digest)}, which runs, is revoked`);
    await this.#stage.client.api.create(
      resourcePath({ group: GROUP, version: VERSION, resource: 'artifactrevocations' }),
      {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'ArtifactRevocation',
        metadata: { name: 'incident-42' },
        spec: { reason: 'the build machine was taken over', digests: [digest] },
      },
    );
    await this.#follow(({ phase, stable }) => phase === 'RolledBack' && stable?.digest !== digest);
  }

  async report(): Promise<void> {
    this.#timeline.title('What ran, newest first');
    const rows = ((await this.#shop.status())?.history ?? []).map((entry) => [
      shortDigest(entry.digest),
      entry.version ?? '',
      entry.verdict,
      entry.reason,
      `${Math.round((Date.parse(entry.finishedAt) - Date.parse(entry.startedAt)) / 1000)}s`,
    ]);
    this.#timeline.table([['DIGEST', 'VERSION', 'VERDICT', 'REASON', 'TOOK'], ...rows]);
  }

  /** Left out where the registry is not ours to clean up. */
  async collection(): Promise<void> {
    const { housekeeping } = this.#stage;
    if (housekeeping)
      await new Collection(this.#stage, housekeeping, this.#shop, this.#timeline).play(this.#pushed);
  }

  async #push(behaviour: Behaviour): Promise<WorkloadImage> {
    const { client, repository } = this.#stage;
    const image = await client.pushWorkload(repository, behaviour, [behaviour.version]);
    this.#pushed.set(image.digest, behaviour.version);
    return image;
  }

  async #sign(image: WorkloadImage): Promise<void> {
    await this.#stage.signer?.sign(image);
  }

  /** Shows every new message until the story has come to its point. */
  async #follow(isDone: (status: Status) => boolean): Promise<void> {
    const deadline = Date.now() + ACT_TIMEOUT_MS;
    for (;;) {
      const status = await this.#shop.status();
      if (status) this.#timeline.show(status);
      if (status && isDone(status)) return;
      if (Date.now() > deadline) throw new Error(`the demo is stuck: ${status?.message ?? 'no status'}`);
      await delay(250);
    }
  }
}
