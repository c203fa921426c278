/** Everything that another process needs to use a running cluster: plain data, so that it can be handed over. */
export interface ClusterConnection {
  readonly kubeconfigPath: string;
  /** The executable whose first argument `kubectl` makes it kubectl. */
  readonly controlPlaneBinary: string;
  /** The web server that the images of the tests hold. */
  readonly workloadBinary: string;
  /** `host:port`, as image references begin. */
  readonly registryAddress: string;
  readonly prometheusUrl: string;
  /** JSON lines of audit.k8s.io/v1 Events; undefined without auditing. */
  readonly auditLogPath: string | undefined;
}
