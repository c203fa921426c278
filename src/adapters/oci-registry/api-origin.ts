/** The one registry whose API is at another host than its name. */
const API_HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** Where the API of a registry, by its normalized name, is. */
export const apiOrigin = (registry: string, plainHttp: boolean): string =>
  `${plainHttp ? 'http' : 'https'}://${API_HOSTS[registry] ?? registry}`;
