/** The credentials in a Secret, as JSON text. */
export type PullSecret =
  | { readonly format: 'dockerconfigjson'; readonly json: string }
  /** The older format, which is the `auths` of the other alone. */
  | { readonly format: 'dockercfg'; readonly json: string };

/** The few Secrets that pulling needs. Rejects when the API server cannot be asked. */
export interface PullSecretReader {
  /** Undefined if the Secret does not exist or is of neither type. */
  pullSecret(namespace: string, name: string, signal: AbortSignal): Promise<PullSecret | undefined>;
  /** Names in `imagePullSecrets` of a ServiceAccount; none if it does not exist. */
  imagePullSecretsOf(
    namespace: string,
    serviceAccount: string,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}
