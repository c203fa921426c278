import type { Digest } from '../../api/scalars.ts';
import { RegistryError } from '../../ports/registry-error.ts';

/**
 * Where the registry wants the bytes: the Location of its answer to `url`, maybe at another host. At the same host the
 * scheme stays that of `url`, because a registry behind a proxy that ends TLS writes `http`. Malformed without one.
 */
export function uploadLocation(location: string | string[] | undefined, url: URL): URL {
  if (typeof location !== 'string' || !URL.canParse(location, url.href))
    throw new RegistryError('Malformed', 'it opens an upload and does not say where');
  const upload = new URL(location, url);
  if (upload.hostname !== url.hostname || upload.protocol === url.protocol) return upload;
  const here = new URL(url);
  here.pathname = upload.pathname;
  here.search = upload.search;
  return here;
}

/** What ends the upload. The query is the registry's own: URLSearchParams would write it in another way. */
export function endOfUpload(upload: URL, digest: Digest): URL {
  const end = new URL(upload);
  end.search = `${upload.search}${upload.search === '' ? '?' : '&'}digest=${digest}`;
  return end;
}
