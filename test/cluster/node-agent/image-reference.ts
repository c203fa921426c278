export interface ImageReference {
  /** `host:port` of the registry. */
  readonly registry: string;
  readonly repository: string;
  /** Digest if the reference has one, else tag: what the manifest is asked for by. */
  readonly target: string;
  readonly digest: string | undefined;
}

/** `host[:port]/path[:tag][@digest]`. The host is required: the agent has no default registry to send people's pods to. */
export function parseImageReference(text: string): ImageReference {
  const match =
    /^(?<registry>[^/]+)\/(?<repository>[^:@]+)(?::(?<tag>[\w][\w.-]*))?(?:@(?<digest>\w+:[0-9a-f]+))?$/.exec(
      text,
    );
  const { registry, repository, tag = 'latest', digest } = match?.groups ?? {};
  if (registry === undefined || repository === undefined || !/[.:]/.test(registry)) {
    throw new Error(`couldn't parse image name "${text}": it has to be host/repository[:tag][@digest]`);
  }
  return { registry, repository, target: digest ?? tag, digest };
}
