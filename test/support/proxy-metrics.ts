// What proxies expose that stand in front of pods: label sets as in the documentation and the
// code of each, and beside them what must not be counted.

import {
  ALL_PODS,
  CANARY,
  counter,
  GO_BOUNDARIES,
  latencies,
  namespaceOf,
  pod,
  STABLE,
  type Traffic,
} from './cart-traffic.ts';
import type { Labels, Series } from './exposition.ts';
import type { Target } from './scraped-prometheus.ts';

const TRAEFIK_BOUNDARIES = '0.1 0.3 1.2 5';

/** Endpoints of one proxy; a request that fails is counted as one of all of them, too. */
const envoyGateway: Target = {
  labels: { namespace: 'envoy-gateway-system', pod: 'envoy-shop-web-0a1b2c3d-6f7c8-xxxxx' },
  series: ALL_PODS.flatMap(({ address, traffic }) => {
    const labels = {
      envoy_cluster_name: 'httproute/shop/cart/rule/0',
      envoy_endpoint_address: `${address}:8080`,
    };
    const name = (statistic: string) => `envoy_cluster_endpoint_rq_${statistic}`;
    return [
      counter(name('total'), labels, traffic.requests),
      counter(name('success'), labels, traffic.requests - traffic.failed),
      counter(name('error'), labels, traffic.failed),
    ];
  }),
};

/** An evicted pod of the canary stays in the list, with the address that a pod of stable has now. */
const EVICTED = pod('cart-canary-5d9c7b6f4-zzzzz', 'canary', '10.1.0.1', CANARY);

const kubeStateMetrics: Target = {
  labels: { namespace: 'monitoring', pod: 'kube-state-metrics-54b7c-xxxxx' },
  honorLabels: true,
  series: [...ALL_PODS, EVICTED].flatMap((one) => {
    const labels = { namespace: namespaceOf(one), pod: one.name, uid: one.name };
    const phase = one === EVICTED ? 'Failed' : 'Running';
    return [
      {
        name: 'kube_pod_info',
        labels: { ...labels, pod_ip: one.address, host_ip: '10.0.0.1', node: 'node-1' },
        start: 1,
        step: 0,
      },
      ...['Failed', 'Running'].map((name) => ({
        name: 'kube_pod_status_phase',
        labels: { ...labels, phase: name },
        start: name === phase ? 1 : 0,
        step: 0,
      })),
    ];
  }),
};

/** A proxy in front of Services, where each track has its own. What a Service has is the sum of its pods. */
const services = (of: (service: string, traffic: Traffic, namespace: string) => readonly Series[]) => [
  ...of('cart-canary', CANARY, 'shop'),
  ...of('cart-stable', { requests: 40, failed: 2, slow: 2 }, 'shop'),
  ...of('stock', STABLE, 'shop'),
  ...of('cart-canary', STABLE, 'mall'),
];

/** `honorLabels` decides under which name the namespace of an Ingress arrives; both are met. */
const nginx = (honorLabels: boolean): Target => ({
  labels: {
    namespace: 'ingress-nginx',
    pod: 'ingress-nginx-controller-559584768b-xxxxx',
    service: 'ingress-nginx-controller-metrics',
  },
  honorLabels,
  series: services((service, traffic, namespace) => {
    const labels = (status: string): Labels => ({
      canary: '',
      controller_class: 'k8s.io/ingress-nginx',
      controller_namespace: 'ingress-nginx',
      controller_pod: 'ingress-nginx-controller-559584768b-xxxxx',
      host: 'shop.example.com',
      ingress: service,
      method: 'GET',
      namespace,
      path: '/',
      service: honorLabels ? `${service}-direct` : service,
      status,
    });
    const name = 'nginx_ingress_controller_requests';
    return [
      counter(name, labels('200'), traffic.requests - traffic.failed),
      counter(name, labels('502'), traffic.failed),
      latencies('nginx_ingress_controller_request_duration_seconds', labels('200'), GO_BOUNDARIES, traffic),
    ];
  }),
});

const traefik: Target = {
  labels: { namespace: 'traefik', pod: 'traefik-6c8f9d-xxxxx' },
  series: services((service, traffic, namespace) => {
    const labels = (code: string): Labels => ({
      code,
      method: 'GET',
      protocol: 'http',
      service: `${namespace}-${service}-80@kubernetes`,
    });
    const name = 'traefik_service_requests_total';
    return [
      counter(name, labels('200'), traffic.requests - traffic.failed),
      counter(name, labels('500'), traffic.failed),
      latencies('traefik_service_request_duration_seconds', labels('200'), TRAEFIK_BOUNDARIES, traffic),
    ];
  }),
};

export const PROXIES: readonly Target[] = [
  envoyGateway,
  kubeStateMetrics,
  nginx(false),
  nginx(true),
  traefik,
];
