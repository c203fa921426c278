// Which pod a request to a Service goes to. EndpointSlices may not hold loopback addresses, so the pods are
// selected here, by the rule of the endpoint controller: the Service's labels, ready, not terminating.

export interface ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

export interface Service {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
  };
}

export interface BackendPod {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface HttpRoute {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly rules?: readonly { readonly backendRefs?: readonly BackendRef[] }[];
  };
}

export interface BackendRef {
  readonly name: string;
  /** 1 where it is absent. */
  readonly weight?: number;
}

/** `host:port` of every pod that a Service sends requests to, by pod name. */
export function endpointsOf(service: Service, pods: Iterable<BackendPod>): ReadonlyMap<string, string> {
  const endpoints = new Map<string, string>();
  const targetPort = service.spec.ports[0]?.targetPort;
  for (const pod of pods) {
    if (!isSelected(service, pod) || !isReady(pod)) continue;
    const port = typeof targetPort === 'string' ? namedPort(pod, targetPort) : targetPort;
    const podIP = pod.status?.podIP;
    if (podIP !== undefined && port !== undefined) endpoints.set(pod.metadata.name, `${podIP}:${port}`);
  }
  return endpoints;
}

/** The weighted backends of the route that knows the Service; without one, the Service itself. */
export function backendsOf(serviceName: string, routes: Iterable<HttpRoute>): readonly BackendRef[] {
  for (const route of routes) {
    for (const { backendRefs = [] } of route.spec.rules ?? []) {
      if (backendRefs.some(({ name }) => name === serviceName)) return backendRefs;
    }
  }
  return [{ name: serviceName }];
}

function isSelected({ spec }: Service, { metadata }: BackendPod): boolean {
  const selector = Object.entries(spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value);
}

function isReady({ metadata, status }: BackendPod): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}

function namedPort(pod: BackendPod, name: string): number | undefined {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name)?.containerPort;
}
