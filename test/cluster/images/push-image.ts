import type { Blob, Image } from './workload-image.ts';

/** As container runtimes have it: plain HTTP on the loopback network, HTTPS everywhere else. */
export function registryUrl(address: string): string {
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(address);
  return `${isLocal ? 'http' : 'https'}://${address}`;
}

/** Pushes over the OCI distribution API; without tags the manifest can be pulled by its digest only. */
export async function pushImage(
  registryUrl: string,
  repository: string,
  image: Image,
  tags: readonly string[] = [],
): Promise<void> {
  const base = `${registryUrl}/v2/${repository}`;
  for (const blob of image.blobs) await pushBlob(base, blob);
  for (const reference of [image.manifest.digest, ...tags]) {
    await request(`${base}/manifests/${reference}`, {
      method: 'PUT',
      headers: { 'content-type': image.manifest.mediaType },
      body: new Uint8Array(image.manifest.content),
    });
  }
}

async function pushBlob(base: string, blob: Blob): Promise<void> {
  const existing = await fetch(`${base}/blobs/${blob.digest}`, { method: 'HEAD' });
  if (existing.ok) return;
  const session = await request(`${base}/blobs/uploads/`, { method: 'POST' });
  const location = session.headers.get('location');
  if (location === null) throw new Error(`${base}: the registry opened an upload without a location`);
  const upload = new URL(location, base);
  upload.searchParams.set('digest', blob.digest);
  await request(upload, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(blob.content),
  });
}

async function request(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${url}: ${response.status} ${body}`);
  return response;
}
