// The real cosign, as a pipeline calls it.

import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How each kind of key that cosign takes is made. */
export const KEYS = {
  'p-256': () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'p-384': () => generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
  'p-521': () => generateKeyPairSync('ec', { namedCurve: 'secp521r1' }),
  'rsa-3072': () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
} as const;

export type KeyName = keyof typeof KEYS;

const NOTHING_LOGGED = ['--use-signing-config=false', '--tlog-upload=false', '--new-bundle-format=false'];

/** How each layout is asked for, beside what all of them need. */
export const LAYOUTS = {
  bundle: { sign: [] as string[], attest: [] as string[] },
  legacy: { sign: NOTHING_LOGGED, attest: NOTHING_LOGGED },
  referrer: { sign: [...NOTHING_LOGGED, '--registry-referrers-mode=oci-1-1'], attest: NOTHING_LOGGED },
} as const;

export type Layout = keyof typeof LAYOUTS;

/** Signs and attests with keys of its own, without any log or authority. */
export class Cosign {
  readonly #binary: string;
  readonly #folder: string;
  readonly #registryAddress: string;

  /** `registryAddress` is on localhost: as a writer of referrers cosign speaks plain HTTP to nobody else. */
  constructor(binary: string, folder: string, registryAddress: string) {
    this.#binary = binary;
    this.#folder = folder;
    this.#registryAddress = registryAddress;
  }

  /** Keys in cosign's own format, and a configuration that names no log and no authority. */
  async prepare(keys = Object.keys(KEYS) as readonly KeyName[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const none = {
      mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
      rekorTlogConfig: {},
      tsaConfig: {},
    };
    const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
    await writeJson(this.#path('signing-config.json'), none);
    await writeJson(this.#path('trusted-root.json'), root);
    for (const name of keys) {
      const { privateKey } = KEYS[name]();
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      await writeFile(this.#path(`${name}.pem`), pem, { mode: 0o600 });
      await this.#run(
        'import-key-pair',
        '--key',
        this.#path(`${name}.pem`),
        '--output-key-prefix',
        this.#path(name),
      );
    }
  }

  async publicKey(key: KeyName): Promise<string> {
    return await readFile(this.#path(`${key}.pub`), 'utf8');
  }

  async sign(
    layout: Layout,
    key: KeyName,
    image: { readonly repository: string; readonly digest: string },
  ): Promise<void> {
    await this.#run('sign', ...this.#common(layout, key), ...LAYOUTS[layout].sign, this.#reference(image));
  }

  /** `type` is a name of cosign's, or a URI. */
  async attest(
    layout: Layout,
    key: KeyName,
    image: { readonly repository: string; readonly digest: string },
    type: string,
    predicate: object,
  ): Promise<void> {
    const file = this.#path('predicate.json');
    await writeJson(file, predicate);
    const flags = [
      ...this.#common(layout, key),
      ...LAYOUTS[layout].attest,
      '--type',
      type,
      '--predicate',
      file,
    ];
    await this.#run('attest', ...flags, this.#reference(image));
  }

  #common(layout: Layout, key: KeyName): readonly string[] {
    const config = [
      '--signing-config',
      this.#path('signing-config.json'),
      '--trusted-root',
      this.#path('trusted-root.json'),
    ];
    return [
      '-y',
      '--allow-http-registry',
      '--key',
      this.#path(`${key}.key`),
      ...(layout === 'bundle' ? config : []),
    ];
  }

  async #run(...args: readonly string[]): Promise<void> {
    // Its home is where it would keep what it downloads.
    const env = { ...process.env, HOME: this.#folder, COSIGN_PASSWORD: 'none', COSIGN_EXPERIMENTAL: '1' };
    await promisify(execFile)(this.#binary, args, { env });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #reference({ repository, digest }: { readonly repository: string; readonly digest: string }): string {
    return `${this.#registryAddress}/${repository}@${digest}`;
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value));
}
