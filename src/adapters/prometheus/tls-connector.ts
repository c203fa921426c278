import { readFile } from 'node:fs/promises';
import { buildConnector } from 'undici';
import type { PrometheusConfig } from './prometheus-config.ts';

type TlsConfig = NonNullable<PrometheusConfig['tls']>;

/**
 * Connects with the certificates as they are in their files at that moment, so that a rotation needs no restart.
 * Connections are kept alive and few, so reading the files for each costs nothing that counts.
 */
export function tlsConnector(tls: TlsConfig, timeoutMs: number): buildConnector.connector {
  return (options, callback) => {
    readCertificates(tls).then(
      (certificates) => buildConnector({ timeout: timeoutMs, ...certificates })(options, callback),
      (error: Error) => callback(error, null),
    );
  };
}

async function readCertificates({ caFile, certFile, keyFile, serverName }: TlsConfig) {
  const read = async (file: string | undefined) => (file === undefined ? undefined : await readFile(file));
  const [ca, cert, key] = await Promise.all([read(caFile), read(certFile), read(keyFile)]);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
