import type { PRESETS } from '../../api/objective-spec.ts';
import type { LatencyUnit } from './side-queries.ts';

export type PresetName = (typeof PRESETS)[number];

/** What a common source of metrics counts, and how its series name the side that they are about. */
export interface PresetSource {
  /** Label matchers of one side; a series needs those of one element. */
  readonly where: readonly string[];
  /** The counter of requests. */
  readonly requests: string;
  /** That of failed ones, where it is another. */
  readonly failures?: string;
  /** Label matchers of failed requests; a series needs those of one element. */
  readonly failed: readonly string[];
  /** A histogram with a series for each bucket; absent where there is none that names the side. */
  readonly latency?: { readonly histogram: string; readonly unit: LatencyUnit; readonly where?: string };
  /** The label that holds `address:port` of a pod, where series name it by nothing else. */
  readonly address?: string;
  /** A selector that tells the sides apart, where only the user knows what they are called. */
  readonly selector?: string;
}

const PODS = 'namespace="$namespace",pod=~"$pods"';

/**
 * Of the status codes of gRPC, those that are a fault of the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL,
 * UNAVAILABLE, DATA_LOSS. Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ (server spans).
 */
const GRPC_FAULTS = '2|4|12|13|14|15';
/** Go writes DeadlineExceeded, Java and Python DEADLINE_EXCEEDED. */
const GRPC_FAULT_NAMES = '(?i)unknown|deadline_?exceeded|unimplemented|internal|unavailable|data_?loss';

export const PRESET_SOURCES: Readonly<Record<PresetName, PresetSource>> = {
  // Sidecars report as destination, and waypoints for pods without one. A waypoint's series have its own pod, so the
  // side is found by its workload. Source: https://istio.io/latest/docs/reference/config/metrics/
  istio: {
    where: [
      'reporter=~"destination|waypoint",destination_workload_namespace="$namespace",destination_workload=~"$workloads"',
    ],
    requests: 'istio_requests_total',
    failed: ['response_code=~"5.."', `grpc_response_status=~"${GRPC_FAULTS}"`],
    latency: { histogram: 'istio_request_duration_milliseconds', unit: 'Milliseconds' },
  },
  // Source: https://linkerd.io/2/reference/proxy-metrics/. Probes of the kubelet are nobody's requests.
  linkerd: {
    where: [`${PODS},direction="inbound",route_name!="probe"`],
    requests: 'response_total',
    failed: ['classification="failure"'],
    latency: { histogram: 'response_latency_ms', unit: 'Milliseconds' },
  },
  // A cluster of Envoy is a route with all of its pods: only the statistics of endpoints tell them apart, and those
  // have no latency. Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters
  'envoy-gateway': {
    where: [''],
    requests: 'envoy_cluster_endpoint_rq_total',
    failures: 'envoy_cluster_endpoint_rq_error',
    failed: [''],
    address: 'envoy_endpoint_address',
  },
  // Source: https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/. Whether a scrape keeps the namespace of
  // the Ingress under that name, or under exported_namespace, is up to its honor_labels.
  nginx: {
    where: ['exported_namespace="$namespace"', 'exported_namespace="",namespace="$namespace"'],
    requests: 'nginx_ingress_controller_requests',
    failed: ['status=~"5.."'],
    latency: { histogram: 'nginx_ingress_controller_request_duration_seconds', unit: 'Seconds' },
    selector: 'exported_service=~"cart-$track"',
  },
  // Source: https://doc.traefik.io/traefik/observability/metrics/overview/. The name of a service begins with its namespace.
  traefik: {
    where: [''],
    requests: 'traefik_service_requests_total',
    failed: ['code=~"5.."'],
    latency: { histogram: 'traefik_service_request_duration_seconds', unit: 'Seconds' },
    selector: 'exported_service=~"$namespace-cart-$track-.+"',
  },
  // Source: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/. A request that ended without a response
  // has no status code, but the type of an error.
  'otel-http': {
    where: [PODS],
    requests: 'http_server_request_duration_seconds_count',
    failed: ['http_response_status_code=~"5.."', 'http_response_status_code="",error_type!=""'],
    latency: { histogram: 'http_server_request_duration_seconds', unit: 'Seconds' },
  },
  // Source: https://github.com/grpc-ecosystem/go-grpc-middleware/tree/main/providers/prometheus. How long a stream
  // stays open is no latency.
  grpc: {
    where: [PODS],
    requests: 'grpc_server_handled_total',
    failed: [`grpc_code=~"${GRPC_FAULT_NAMES}"`],
    latency: { histogram: 'grpc_server_handling_seconds', unit: 'Seconds', where: 'grpc_type=~"(?i)unary"' },
  },
};
