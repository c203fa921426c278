import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { answers, Daemon } from './daemon.ts';
import type { Site } from './site.ts';

const REGISTRY_PORT = 5000;

/** CNCF distribution over plain HTTP, keeping its blobs in the cluster's folder. */
export class Registry {
  /** `host:port`, as image references begin. */
  readonly address: string;
  readonly url: string;
  readonly daemon: Daemon;
  readonly #binary: string;
  readonly #directory: string;
  readonly #configFile: string;
  readonly #auth: object | undefined;

  /** `auth` is that part of its configuration; without it, everybody may do everything. */
  constructor(site: Site, binary: string, auth?: object) {
    this.address = `${site.hostAddress}:${REGISTRY_PORT}`;
    this.url = `http://${this.address}`;
    this.#binary = binary;
    this.#auth = auth;
    this.#directory = site.path('registry');
    this.#configFile = join(this.#directory, 'config.yaml');
    this.daemon = new Daemon(
      {
        name: 'registry',
        command: binary,
        args: ['serve', this.#configFile],
        logFile: join(this.#directory, 'registry.log'),
        env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
      },
      answers(`${this.url}/`),
    );
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const config = registryConfig(this.address, join(this.#directory, 'data'));
    await writeFile(this.#configFile, stringify({ ...config, ...(this.#auth && { auth: this.#auth }) }));
    await this.daemon.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
  }

  /** Runs the real collector; returns what it printed. Like any registry of this kind it must not be written to meanwhile. */
  async collectGarbage(options: { readonly deleteUntagged: boolean }): Promise<string> {
    const flags = options.deleteUntagged ? ['--delete-untagged'] : [];
    const { stdout } = await promisify(execFile)(this.#binary, [
      'garbage-collect',
      ...flags,
      this.#configFile,
    ]);
    return stdout;
  }
}

function registryConfig(address: string, folder: string) {
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: folder },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: address, secret: 'nothing in this registry is secret' },
  };
}
