/** Everything that another process needs to use a running cluster: plain data, so that it can be handed over. */
export interface ClusterConnection {
  readonly kubeconfigPath: string;
  /** What a command line of kubectl begins with: one executable may hold several programs. */
  readonly kubectlCommand: readonly [executable: string, ...args: string[]];
  /** The web server that the images of the tests hold. */
  readonly workloadBinary: string;
  /** `host:port`, as image references begin. */
  readonly registryAddress: string;
  readonly prometheusUrl: string;
  /** JSON lines of audit.k8s.io/v1 Events; undefined without auditing. */
  readonly auditLogPath: string | undefined;
}
