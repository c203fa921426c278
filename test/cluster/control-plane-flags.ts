// The command lines of the control plane, and why each flag differs from its default.

export interface ControlPlaneFiles {
  readonly certificates: string;
  readonly servingCertificate: string;
  readonly tokens: string;
  readonly serviceAccountPrivateKey: string;
  readonly serviceAccountPublicKey: string;
  readonly auditPolicy: string;
  /** Absent: no audit. */
  readonly auditLog: string | undefined;
  readonly kubeconfig: string;
  readonly etcdData: string;
  /** Of the authority that the API server makes for its own certificate. */
  readonly authority: string;
}

const ETCD_PORT = 2379;
const ETCD_PEER_PORT = 2380;
export const API_SERVER_PORT = 6443;

/** The limits of a production cluster would time the tests, not the operator. */
const UNTHROTTLED_CLIENT = ['--kube-api-qps=500', '--kube-api-burst=1000'];

/** Collects garbage a quarter as often as usual: memory is there, while the processors are shared with what is tested. */
export const SPARING_PROCESSORS = { GOGC: '400' };

/** One replica of each, and nobody reads their metrics. */
const ALONE = ['--leader-elect=false', '--secure-port=0', '--profiling=false'];

export function etcdUrl(address: string): string {
  return `http://${address}:${ETCD_PORT}`;
}

export function etcdFlags(address: string, files: ControlPlaneFiles): readonly string[] {
  const peer = `http://${address}:${ETCD_PEER_PORT}`;
  return [
    '--name=etcd',
    `--data-dir=${files.etcdData}`,
    `--listen-client-urls=${etcdUrl(address)}`,
    `--advertise-client-urls=${etcdUrl(address)}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    // The data ends with the cluster, so it need not survive a power cut.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerFlags(address: string, files: ControlPlaneFiles): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl(address)}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${API_SERVER_PORT}`,
    // Empty at first: the server then makes an authority and a certificate for its address.
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountPrivateKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // Endpoints may not hold loopback addresses, not even those of the service "kubernetes".
    '--endpoint-reconciler-type=none',
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
    // Otherwise a stop waits a minute for the watches of clients that do not know of it.
    '--shutdown-watch-termination-grace-period=1s',
    '--profiling=false',
    ...(files.auditLog === undefined
      ? []
      : [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`]),
  ];
}

export function controllerManagerFlags(files: ControlPlaneFiles): readonly string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--service-account-private-key-file=${files.serviceAccountPrivateKey}`,
    `--root-ca-file=${files.authority}`,
    '--use-service-account-credentials=true',
    // They would retry for ever: endpoints may not hold the loopback addresses of the pods.
    '--controllers=*,-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller',
    ...UNTHROTTLED_CLIENT,
    ...ALONE,
  ];
}

export function schedulerFlags(files: ControlPlaneFiles): readonly string[] {
  return [`--kubeconfig=${files.kubeconfig}`, ...UNTHROTTLED_CLIENT, ...ALONE];
}
