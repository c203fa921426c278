import type { Container, Pod } from './pod.ts';
import type { ImageConfig } from './registry-client.ts';

/** What only the node knows of a pod. */
export interface PodAddresses {
  readonly podIP: string;
  readonly hostIP: string;
}

/** The image's variables under those of the pod. Throws with the message of a `CreateContainerConfigError`. */
export function containerEnvironment(
  pod: Pod,
  container: Container,
  image: ImageConfig,
  addresses: PodAddresses,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOSTNAME: pod.metadata.name,
    // A container has an address to itself; a local process has to be told which one to bind.
    POD_IP: addresses.podIP,
  };
  for (const variable of image.Env ?? []) {
    const separator = variable.indexOf('=');
    environment[variable.slice(0, separator)] = variable.slice(separator + 1);
  }
  for (const variable of container.env ?? []) {
    const fieldPath = variable.valueFrom?.fieldRef?.fieldPath;
    if (variable.valueFrom !== undefined && fieldPath === undefined) {
      throw new Error(`env ${variable.name}: of all sources this node knows only fieldRef`);
    }
    environment[variable.name] =
      fieldPath === undefined ? (variable.value ?? '') : fieldOf(pod, addresses, fieldPath);
  }
  return environment;
}

function fieldOf(pod: Pod, addresses: PodAddresses, fieldPath: string): string {
  const entry = /^metadata\.(?<map>labels|annotations)\['(?<key>.+)'\]$/.exec(fieldPath)?.groups;
  if (entry?.key !== undefined) {
    const map = entry.map === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[entry.key] ?? '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'status.podIP':
      return addresses.podIP;
    case 'status.hostIP':
      return addresses.hostIP;
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}
