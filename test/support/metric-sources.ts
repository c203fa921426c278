// What common sources of metrics expose about single pods: label sets as in the documentation of each, and beside them
// what must not be counted.

import {
  ALL_PODS,
  CANARY,
  counter,
  GO_BOUNDARIES,
  latencies,
  namespaceOf,
  PODS,
  type Pod,
  type Traffic,
} from './cart-traffic.ts';
import type { Labels, Series } from './exposition.ts';
import { PROXIES } from './proxy-metrics.ts';
import type { Target } from './scraped-prometheus.ts';

const OTEL_BOUNDARIES = '0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0';
const ENVOY_BOUNDARIES =
  '0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1.8e+06 3.6e+06';
const LINKERD_BOUNDARIES =
  '1 2 3 4 5 10 20 30 40 50 100 200 300 400 500 1000 2000 3000 4000 5000 10000 20000 30000 40000 50000';

/** Pods that are scraped themselves, as a PodMonitor or the usual annotations have it. */
const scraped = (series: (pod: Pod, namespace: string) => readonly Series[]): readonly Target[] =>
  ALL_PODS.map((one) => {
    const namespace = namespaceOf(one);
    return { labels: { namespace, pod: one.name }, series: series(one, namespace) };
  });

function istio({ workload, traffic }: Pod, namespace: string, reporter: string): readonly Series[] {
  const labels = (code: string, grpc: string): Labels => ({
    reporter,
    source_workload: 'istio-ingressgateway',
    source_workload_namespace: 'istio-system',
    source_app: 'istio-ingressgateway',
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_app: 'cart',
    destination_version: 'v1',
    destination_service: `cart.${namespace}.svc.cluster.local`,
    destination_service_name: 'cart',
    destination_service_namespace: namespace,
    request_protocol: grpc === '' ? 'http' : 'grpc',
    response_code: code,
    grpc_response_status: grpc,
    response_flags: '-',
    connection_security_policy: reporter === 'source' ? 'unknown' : 'mutual_tls',
  });
  const { requests, failed } = traffic;
  const name = 'istio_requests_total';
  return [
    counter(name, labels('200', ''), requests - failed - 2),
    counter(name, labels('200', '0'), 1),
    counter(name, labels('404', ''), 1),
    // The same fault in both of its guises: the pods of stable answer HTTP, those of the canary gRPC.
    workload === 'cart'
      ? counter(name, labels('503', ''), failed)
      : counter(name, labels('200', '14'), failed),
    latencies('istio_request_duration_milliseconds', labels('200', ''), ENVOY_BOUNDARIES, traffic, 1000),
  ];
}

const linkerd = ({ traffic }: Pod): readonly Series[] => {
  const { requests, failed } = traffic;
  const inbound = {
    direction: 'inbound',
    target_addr: '10.1.0.1:8080',
    tls: 'true',
    srv_kind: 'default',
    srv_name: 'all-unauthenticated',
    route_kind: 'default',
    route_name: 'default',
  };
  const probe = { ...inbound, route_name: 'probe', tls: 'no_identity' };
  const outbound = { direction: 'outbound', authority: 'stock.shop.svc.cluster.local:80', tls: 'true' };
  const name = 'response_total';
  return [
    counter(name, { ...inbound, status_code: '200', classification: 'success' }, requests - failed),
    counter(name, { ...inbound, status_code: '503', classification: 'failure' }, failed),
    counter(name, { ...probe, status_code: '200', classification: 'success' }, 3),
    counter(name, { ...outbound, status_code: '500', classification: 'failure' }, 7),
    latencies('response_latency_ms', { ...inbound, status_code: '200' }, LINKERD_BOUNDARIES, traffic, 1000),
    latencies('response_latency_ms', { ...probe, status_code: '200' }, LINKERD_BOUNDARIES, CANARY, 1000),
  ];
};

function otelHttp({ track, traffic }: Pod): readonly Series[] {
  const name = 'http_server_request_duration_seconds';
  const common = { http_request_method: 'GET', http_route: '/cart', url_scheme: 'http' };
  // A pod of the canary ends its connection without an answer.
  const fault: Labels =
    track === 'canary'
      ? { error_type: 'java.io.IOException' }
      : { http_response_status_code: '500', error_type: '500' };
  const ok = { ...traffic, requests: traffic.requests - traffic.failed };
  const bad = { ...traffic, requests: traffic.failed, slow: 0 };
  return [
    latencies(name, { ...common, http_response_status_code: '200' }, OTEL_BOUNDARIES, ok),
    latencies(name, { ...common, ...fault }, OTEL_BOUNDARIES, bad),
  ];
}

function grpc({ track, traffic }: Pod): readonly Series[] {
  const labels = { grpc_type: 'unary', grpc_service: 'shop.Cart', grpc_method: 'Get' };
  const stream = { grpc_type: 'server_stream', grpc_service: 'shop.Cart', grpc_method: 'Watch' };
  const name = 'grpc_server_handled_total';
  const duration = 'grpc_server_handling_seconds';
  const { requests, failed } = traffic;
  return [
    counter(name, { ...labels, grpc_code: 'OK' }, requests - failed - 2),
    counter(name, { ...labels, grpc_code: 'NotFound' }, 1),
    counter(name, { ...stream, grpc_code: 'OK' }, 1),
    counter(name, { ...labels, grpc_code: track === 'canary' ? 'DeadlineExceeded' : 'DATA_LOSS' }, failed),
    latencies(duration, labels, GO_BOUNDARIES, traffic),
    latencies(duration, stream, GO_BOUNDARIES, { requests: 5, failed: 0, slow: 5 }),
  ];
}

/** Of a service that counts for itself, with a route that nobody takes. */
const own = (name: string, traffic: Traffic): readonly Series[] => [
  latencies(name, { route: '/cart' }, GO_BOUNDARIES, traffic),
  latencies(name, { route: '/idle' }, GO_BOUNDARIES, { requests: 0, failed: 0, slow: 0 }),
];

const native = (kind: 'Converted' | 'Exponential'): readonly Target[] =>
  scraped(({ traffic }) => own(`${kind.toLowerCase()}_latency_seconds`, traffic)).map((target) => ({
    ...target,
    native: kind,
  }));

export const METRIC_TARGETS: readonly Target[] = [
  ...scraped((one, namespace) => istio(one, namespace, 'destination')),
  {
    labels: { namespace: 'istio-system', pod: 'istio-ingressgateway-0' },
    series: PODS.slice(1).flatMap((one) => istio(one, 'shop', 'source')),
  },
  ...scraped(linkerd),
  ...PROXIES,
  ...scraped(otelHttp),
  ...scraped(grpc),
  ...scraped(({ traffic }) => [
    counter('http_requests_total', { code: '200' }, traffic.requests - traffic.failed),
    counter('http_requests_total', { code: '500' }, traffic.failed),
    ...own('latency_seconds', traffic),
  ]),
  ...native('Converted'),
  ...native('Exponential'),
];
