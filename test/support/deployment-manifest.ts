export interface Image {
  readonly name: string;
  readonly image: string;
}

export interface DeploymentManifest {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation?: number };
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly Image[]; readonly initContainers?: readonly Image[] };
    };
  };
}

/** Without replicas: these Deployments are about what is stored, not about what runs. */
export function deploymentManifest(
  namespace: string,
  name: string,
  containers: readonly Image[],
  initContainers: readonly Image[] = [],
): DeploymentManifest & { readonly apiVersion: string; readonly kind: string } {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      ...{ replicas: 0, selector: { matchLabels: labels } },
      template: { ...{ metadata: { labels } }, spec: { initContainers, containers } },
    },
  };
}

/** Image by container, init containers included. */
export function imagesOf({ spec }: DeploymentManifest): Record<string, string> {
  const { containers, initContainers = [] } = spec.template.spec;
  return Object.fromEntries([...containers, ...initContainers].map(({ name, image }) => [name, image]));
}
