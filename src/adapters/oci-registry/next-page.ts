import { RegistryError } from '../../ports/registry-error.ts';

const LINK = /<([^<>]*)>((?:[^<>,"]|"[^"<]*")*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * Where the answer to `url` goes on, from its Link header (RFC 8288); undefined on the last page.
 *
 * Malformed if that is another host: credentials are sent along. The scheme stays that of `url`, because a registry
 * behind a proxy that ends TLS writes `http` into its links.
 */
export function nextPage(link: string | undefined, url: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (link ?? '').matchAll(LINK)) {
    const relation = RELATION.exec(parameters);
    const relations = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return resolve(target, url);
  }
  return undefined;
}

function resolve(target: string, url: URL): URL {
  if (!URL.canParse(target, url.href)) throw new RegistryError('Malformed', 'its next page is not a URL');
  const next = new URL(target, url);
  if (next.hostname !== url.hostname)
    throw new RegistryError('Malformed', `its next page is at another host, ${next.host}`);
  // Part by part: a path that begins with two slashes would be taken for another host.
  const page = new URL(url);
  page.pathname = next.pathname;
  page.search = next.search;
  return page;
}
