import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type BackoffPolicy, backoffCeiling } from '../../../src/controller/backoff.ts';
import { type Exit, SupervisedProcess } from '../processes.ts';
import { sleep, timestamp } from '../time.ts';
import { containerEnvironment, type PodAddresses } from './environment.ts';
import type { ImageStore, PulledImage } from './image-store.ts';
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  RestartPolicy,
  TerminatedState,
} from './pod.ts';
import { probeReadiness } from './readiness-probe.ts';

/** Long enough in `ErrImagePull` to be seen by those who watch. */
const PULL_ERROR_MS = 200;
/** A signal's number is added to it, as shells and container runtimes do. */
const SIGNAL_EXIT_CODE = 128;

export interface ContainerContext {
  readonly images: ImageStore;
  readonly addresses: PodAddresses;
  /** For the logs of the pod. */
  readonly directory: string;
  readonly backoff: BackoffPolicy;
  readonly onChange: () => void;
}

/** One container of a pod: pulls, starts, probes and restarts it, and knows what to report of it. */
export class ContainerRunner {
  readonly #container: Container;
  readonly #context: ContainerContext;
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastTermination: TerminatedState | undefined;
  #imageID = '';
  #ready = false;
  #restartCount = 0;
  #process: SupervisedProcess | undefined;

  constructor(container: Container, context: ContainerContext) {
    this.#container = container;
    this.#context = context;
  }

  get status(): ContainerStatus {
    const { name, image } = this.#container;
    return {
      name,
      image,
      imageID: this.#imageID,
      ready: this.#ready,
      started: this.#state.running !== undefined,
      restartCount: this.#restartCount,
      state: this.#state,
      lastState: this.#lastTermination === undefined ? {} : { terminated: this.#lastTermination },
    };
  }

  /** Runs until the policy asks for no further restart (true if it ended well) or the signal aborts (false). */
  async run(pod: Pod, restartPolicy: RestartPolicy, signal: AbortSignal): Promise<boolean> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      const image = await this.#pull(signal);
      if (image === undefined) return false;
      const termination = await this.#runOnce(pod, image, signal);
      if (signal.aborted) return false;
      const succeeded = termination?.exitCode === 0;
      if (termination !== undefined && !isRestarted(restartPolicy, succeeded)) return succeeded;
      await this.#backOff(failures, signal);
      this.#restartCount += termination === undefined ? 0 : 1;
    }
    return false;
  }

  /** SIGTERM, then SIGKILL after the grace period. The signal given to `run` has to be aborted first. */
  async stop(gracePeriodMs: number): Promise<void> {
    await this.#process?.stop(gracePeriodMs);
  }

  async #pull(signal: AbortSignal): Promise<PulledImage | undefined> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const { image, imagePullPolicy } = this.#container;
        return await this.#context.images.pull(image, imagePullPolicy);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#wait('ErrImagePull', message);
        await sleep(PULL_ERROR_MS, signal);
        this.#wait('ImagePullBackOff', `Back-off pulling image "${this.#container.image}": ${message}`);
        await sleep(backoffCeiling(failures, this.#context.backoff), signal);
      }
    }
    return undefined;
  }

  /** Undefined: the container could not even be created. */
  async #runOnce(pod: Pod, image: PulledImage, signal: AbortSignal): Promise<TerminatedState | undefined> {
    if (signal.aborted) return undefined;
    let started: SupervisedProcess;
    try {
      started = this.#start(pod, image);
    } catch (error) {
      this.#wait('CreateContainerConfigError', error instanceof Error ? error.message : String(error));
      return undefined;
    }
    const startedAt = timestamp();
    this.#process = started;
    this.#imageID = image.imageID;
    this.#change({ running: { startedAt } });
    const probing = new AbortController();
    const probes = probeReadiness(
      this.#container,
      this.#context.addresses.podIP,
      (ready) => this.#setReady(ready),
      probing.signal,
    );
    const exit = await started.exited;
    probing.abort();
    await probes;
    const termination = toTermination(exit, startedAt);
    this.#ready = false;
    this.#change({ terminated: termination });
    return termination;
  }

  #start(pod: Pod, image: PulledImage): SupervisedProcess {
    const { name, command, args } = this.#container;
    // As in Kubernetes, a command of the pod drops both the entrypoint and the arguments of the image.
    const [entrypoint, ...rest] = [
      ...(command ?? image.config.Entrypoint ?? []),
      ...(args ?? (command === undefined ? image.config.Cmd : undefined) ?? []),
    ];
    if (entrypoint === undefined) throw new Error('no command specified');
    mkdirSync(this.#context.directory, { recursive: true });
    return new SupervisedProcess({
      name: `${pod.metadata.namespace}/${pod.metadata.name}/${name}`,
      command: join(image.rootDirectory, entrypoint),
      args: rest,
      env: containerEnvironment(pod, this.#container, image.config, this.#context.addresses),
      cwd: image.rootDirectory,
      logFile: join(this.#context.directory, `${name}.log`),
    });
  }

  /** The first restart is immediate, as a kubelet's is. */
  async #backOff(failures: number, signal: AbortSignal): Promise<void> {
    this.#lastTermination = this.#state.terminated ?? this.#lastTermination;
    if (failures === 1) return;
    const ms = backoffCeiling(failures - 1, this.#context.backoff);
    if (this.#state.terminated !== undefined) {
      this.#wait('CrashLoopBackOff', `back-off ${ms / 1000}s restarting failed container`);
    }
    await sleep(ms, signal);
  }

  #wait(reason: string, message: string): void {
    this.#change({ waiting: { reason, message } });
  }

  #setReady(ready: boolean): void {
    this.#ready = ready;
    this.#context.onChange();
  }

  #change(state: ContainerState): void {
    this.#state = state;
    this.#context.onChange();
  }
}

function isRestarted(policy: RestartPolicy, succeeded: boolean): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && !succeeded);
}

function toTermination(exit: Exit, startedAt: string): TerminatedState {
  const signal = exit.signal === null ? 0 : constants.signals[exit.signal];
  const exitCode = exit.code ?? SIGNAL_EXIT_CODE + signal;
  return { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: timestamp() };
}
