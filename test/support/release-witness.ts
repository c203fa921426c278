import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS, PODS, RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import { LABELS } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';
import { Collection } from '../cluster/collection.ts';
import type { Pod } from '../cluster/node-agent/pod.ts';

interface Seen {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly name: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
}

interface SeenDeployment extends Seen {
  readonly spec: { readonly template: { readonly spec: Pod['spec'] } };
}

type SeenPod = Seen & Pick<Pod, 'spec' | 'status'>;
type SeenRelease = Seen & { readonly status?: Status };

const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };

/** Sees every version that is stored of what belongs to one release, so that no flap between two polls is missed. */
export class ReleaseWitness {
  /** Every pod of the Deployment itself that there ever was, as it was last seen. */
  readonly stablePods = new Map<string, SeenPod>();
  /** Names of every ReplicaSet of the Deployment itself that there ever was. */
  readonly replicaSets = new Set<string>();
  /** `generation image` of the Deployment, in their order. */
  readonly generations: string[] = [];
  readonly releaseGenerations: number[] = [];
  readonly phases: string[] = [];
  readonly weights: number[] = [];
  /** When the status first said Promoting. */
  promotingSince: string | undefined;
  readonly #name: string;
  readonly #end = new AbortController();
  readonly #following: Promise<unknown>;

  constructor({ api }: ClusterClient, namespace: string, name: string) {
    this.#name = name;
    const follow = <T extends Seen>(
      resource: Parameters<typeof resourcePath>[0],
      note: (object: T) => void,
    ) => {
      const collection = new Collection<T>(api, resourcePath(resource, { namespace }));
      return collection.follow(this.#end.signal, () => {
        for (const object of collection.objects.values()) note(object);
      });
    };
    this.#following = Promise.all([
      follow<SeenPod>(PODS, (pod) => this.#notePod(pod)),
      follow<Seen>(REPLICA_SETS, (set) => this.#noteReplicaSet(set)),
      follow<SeenDeployment>(DEPLOYMENTS, (deployment) => this.#noteDeployment(deployment)),
      follow<SeenRelease>(RELEASES, (release) => this.#noteRelease(release)),
    ]);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#following;
  }

  #notePod(pod: SeenPod): void {
    if (pod.metadata.labels?.[LABELS.track] === undefined) this.stablePods.set(pod.metadata.uid, pod);
  }

  #noteReplicaSet({ metadata }: Seen): void {
    if (metadata.ownerReferences?.[0]?.name === this.#name) this.replicaSets.add(metadata.name);
  }

  #noteDeployment({ metadata, spec }: SeenDeployment): void {
    if (metadata.name !== this.#name) return;
    noteChange(this.generations, `${metadata.generation} ${spec.template.spec.containers[0]?.image}`);
  }

  #noteRelease({ metadata, status }: SeenRelease): void {
    noteChange(this.releaseGenerations, metadata.generation);
    if (!status) return;
    noteChange(this.phases, status.phase);
    if (status.candidate) noteChange(this.weights, status.candidate.weight);
    if (status.phase === 'Promoting') this.promotingSince ??= status.phaseStartedAt;
  }
}

function noteChange<T>(seen: T[], value: T): void {
  if (seen.at(-1) !== value) seen.push(value);
}
