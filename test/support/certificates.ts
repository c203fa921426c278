import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate of the test's own authority, as files. */
export interface IssuedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority in a temporary folder; `using` removes it. Needs openssl on the PATH. */
export class CertificateAuthority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly #root: IssuedCertificate;

  constructor() {
    this.#root = this.#create('root', 'CN=test-root', []);
  }

  get caFile(): string {
    return this.#root.certFile;
  }

  get ca(): Buffer {
    return this.#root.cert;
  }

  /** For both ends of a connection, valid for localhost and 127.0.0.1 unless said otherwise. */
  issue(name: string, hosts = 'IP:127.0.0.1,DNS:localhost'): IssuedCertificate {
    return this.#create(name, `CN=${name}`, [
      '-CA',
      this.#root.certFile,
      '-CAkey',
      this.#root.keyFile,
      '-addext',
      `subjectAltName=${hosts}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #create(name: string, subject: string, issuer: readonly string[]): IssuedCertificate {
    const [certFile, keyFile] = [join(this.#folder, `${name}.pem`), join(this.#folder, `${name}.key`)];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', keyFile];
    const request = ['req', '-x509', '-days', '1', '-subj', `/${subject}`, '-out', certFile];
    execFileSync('openssl', [...request, ...key, ...issuer], { stdio: 'pipe' });
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }
}
