// The pods of a service `cart` in the namespace `shop` at a step, and what they are asked.

import type { HistogramSeries, Labels, PlainSeries } from './exposition.ts';

/** Requests from one scrape to the next. They take 42 ms; the slow ones 3 s. */
export interface Traffic {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
}

export interface Pod {
  readonly name: string;
  readonly workload: string;
  readonly track: 'canary' | 'stable';
  readonly address: string;
  readonly traffic: Traffic;
}

export const STABLE: Traffic = { requests: 20, failed: 1, slow: 1 };
export const CANARY: Traffic = { requests: 10, failed: 1, slow: 2 };

export const pod = (name: string, track: Pod['track'], address: string, traffic: Traffic): Pod => ({
  name,
  workload: track === 'canary' ? 'cart-canary' : 'cart',
  track,
  address,
  traffic,
});

export const PODS: readonly Pod[] = [
  pod('cart-7f6d59c8b-aaaaa', 'stable', '10.1.0.1', STABLE),
  pod('cart-7f6d59c8b-bbbbb', 'stable', '10.1.0.2', STABLE),
  pod('cart-canary-5d9c7b6f4-ccccc', 'canary', '10.1.0.3', CANARY),
];

/** Another workload of the namespace, with a name that begins like ours. */
const NEIGHBOUR: Pod = {
  ...pod('cart-worker-66b8f4d97-ddddd', 'stable', '10.1.0.4', STABLE),
  workload: 'cart-worker',
};
/** Its name could be one of ours, but it is in another namespace. */
const NAMESAKE: Pod = pod('cart-canary-5d9c7b6f4-eeeee', 'canary', '10.1.0.5', CANARY);

/** Ours, and those that must not be counted with them. */
export const ALL_PODS: readonly Pod[] = [...PODS, NEIGHBOUR, NAMESAKE];

export const namespaceOf = (one: Pod): string => (one === NAMESAKE ? 'mall' : 'shop');

export const counter = (name: string, labels: Labels, step: number): PlainSeries => ({ name, labels, step });

export const latencies = (
  name: string,
  labels: Labels,
  boundaries: string,
  { requests, slow }: Traffic,
  unit = 1,
): HistogramSeries => ({
  name,
  labels,
  boundaries: boundaries.split(' '),
  steps: [
    { latency: 0.042 * unit, requests: requests - slow },
    { latency: 3 * unit, requests: slow },
  ],
});

/** Boundaries of client libraries in Go. */
export const GO_BOUNDARIES = '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10';
