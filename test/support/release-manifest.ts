import { GROUP, KIND, VERSION } from '../../src/api/artifact-release.ts';

export const digestOf = (hexDigit: string): string => `sha256:${hexDigit.repeat(64)}`;

/** A release as a person would write it: only what has no default. */
export interface ReleaseManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

export function releaseManifest(namespace: string, name = 'checkout'): ReleaseManifest {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name, namespace },
    spec: {
      artifact: { repository: 'registry.example.com/shop/checkout', digest: digestOf('a') },
      targets: [{ kind: 'Deployment', name: 'checkout' }],
    },
  };
}

export function objective(fields: object = {}): object {
  return {
    name: 'availability',
    target: '99.9',
    ratioMetric: { bad: { query: 'sum(bad)' }, total: { query: 'sum(total)' } },
    ...fields,
  };
}

/** A copy with the field at a path such as `spec.targets.0.name` set; undefined removes it. */
export function withField<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const keys = path.split('.');
  const last = keys.pop() ?? path;
  let parent: object = copy;
  for (const key of keys) {
    const child: unknown = Reflect.get(parent, key) ?? {};
    if (typeof child !== 'object' || child === null) throw new TypeError(`${path}: ${key} is not an object`);
    Reflect.set(parent, key, child);
    parent = child;
  }
  Reflect.set(parent, last, value);
  return copy;
}

/** The status that a release at rest has at least. */
export const statusAtRest = {
  observedGeneration: 1,
  phase: 'Healthy',
  phaseStartedAt: '2026-01-01T00:00:00Z',
  message: 'Runs.',
  summary: {},
  conditions: [],
} as const;
