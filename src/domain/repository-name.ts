/** A repository in its full form: a registry and a path, both as people write them. */
export interface RepositoryName {
  /** `host` or `host:port`; Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly path: string;
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ALIASES = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io']);

/** Docker Hub goes by several names, and its official images leave out `library/`; one name is left. */
export function normalizeRegistry(registry: string): string {
  return DOCKER_HUB_ALIASES.has(registry) ? DOCKER_HUB : registry;
}

/** Splits `host[:port]/path`. The schema of the API has checked that there is a host. */
export function parseRepository(repository: string): RepositoryName {
  const slash = repository.indexOf('/');
  const registry = normalizeRegistry(repository.slice(0, slash));
  const path = repository.slice(slash + 1);
  return { registry, path: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path };
}

export const formatRepository = ({ registry, path }: RepositoryName): string => `${registry}/${path}`;

/** One name for a repository, however it is written: two would be kept by turns, each without what the other needs. */
export const canonicalRepository = (repository: string): string =>
  formatRepository(parseRepository(repository));
