import { BlockList, isIP } from 'node:net';

/** Which proxy leads to which host, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say. */
export interface ProxySettings {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  /** Whether to connect directly. */
  bypasses(hostname: string, port: number): boolean;
}

/**
 * Reads the variables as Go programs do, so that operator and kubelet agree: either case, each proxy for its own
 * scheme only, address ranges in NO_PROXY, `.example.com` for subdomains only, and never for the machine itself.
 */
export function proxySettings(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
  const rules = (read('NO_PROXY') ?? '').split(/[,\s]+/).flatMap(parseRule);
  return {
    httpProxy: withScheme(read('HTTP_PROXY')),
    httpsProxy: withScheme(read('HTTPS_PROXY')),
    bypasses: (hostname, port) => isThisMachine(hostname) || rules.some((rule) => rule(hostname, port)),
  };
}

/** The proxy for a URL; undefined for a direct connection. */
export function proxyFor(settings: ProxySettings, url: URL): string | undefined {
  const secure = url.protocol === 'https:';
  const proxy = secure ? settings.httpsProxy : settings.httpProxy;
  if (proxy === undefined) return undefined;
  const hostname = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return settings.bypasses(hostname, Number(url.port) || (secure ? 443 : 80)) ? undefined : proxy;
}

type Rule = (hostname: string, port: number) => boolean;

function parseRule(text: string): readonly Rule[] {
  const entry = text.toLowerCase();
  if (entry === '') return [];
  if (entry === '*') return [() => true];
  const range = /^(.+)\/(\d{1,3})$/.exec(entry);
  if (range !== null) return inSubnet(range[1] ?? '', Number(range[2]));
  const [, name = entry, port] = /^([^:]+|\[.*\]):(\d+)$/.exec(entry) ?? [];
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*/, '');
  const matches = domain.startsWith('.')
    ? (hostname: string) => hostname.endsWith(domain)
    : (hostname: string) => hostname === domain || (isIP(domain) === 0 && hostname.endsWith(`.${domain}`));
  return [(hostname, actual) => matches(hostname) && (port === undefined || Number(port) === actual)];
}

function inSubnet(address: string, prefix: number): readonly Rule[] {
  const version = isIP(address);
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return [];
  const list = new BlockList();
  list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  return [(hostname) => isIP(hostname) !== 0 && list.check(hostname, isIP(hostname) === 4 ? 'ipv4' : 'ipv6')];
}

function isThisMachine(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '::1' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

/** `proxy.example.com:3128` is what many people write. */
function withScheme(proxy: string | undefined): string | undefined {
  return proxy === undefined || proxy.includes('://') ? proxy : `http://${proxy}`;
}
