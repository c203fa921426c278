import { execFile } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { answers, Daemon } from './daemon.ts';
import type { Site } from './site.ts';

const REGISTRY_PORT = 5000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const QUOTED_CHARACTERS = 2_000;

export interface RegistryOptions {
  /** That part of its configuration; without it, everybody may do everything. */
  readonly auth?: object | undefined;
  /** Refuses every write, as its documentation asks for while garbage is collected. */
  readonly readOnly?: boolean;
  /** Whether manifests and tags can be deleted; true unless said otherwise. */
  readonly deletes?: boolean;
  /** The URL of a registry that it is a pull-through cache of; it has to answer when this one starts. */
  readonly cacheOf?: string | undefined;
}

/** What is on the disk of a registry, of all its repositories together. */
export interface Stored {
  readonly manifests: number;
  readonly bytes: number;
}

/** CNCF distribution over plain HTTP, keeping its blobs in the cluster's folder. */
export class Registry {
  /** `host:port`, as image references begin. */
  readonly address: string;
  readonly url: string;
  readonly daemon: Daemon;
  readonly #binary: string;
  readonly #directory: string;
  readonly #configFile: string;
  #options: RegistryOptions;

  /** `binary` is of version 3 or 2.8; both keep the same folder. */
  constructor(site: Site, binary: string, options: RegistryOptions = {}) {
    this.address = `${site.hostAddress}:${REGISTRY_PORT}`;
    this.url = `http://${this.address}`;
    this.#binary = binary;
    this.#options = options;
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
    const config = registryConfig(this.address, this.#data, this.#options);
    await writeFile(this.#configFile, stringify(config));
    await this.daemon.start();
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  /** With the same content, under other options in place of those that are named. */
  async restart(changes: RegistryOptions = {}): Promise<void> {
    this.#options = { ...this.#options, ...changes };
    await this.daemon.stop();
    await this.start();
  }

  /** Counted in its folder, for no registry tells. A manifest that two repositories hold counts twice. */
  async stored(): Promise<Stored> {
    const entries = await readdir(this.#data, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    return {
      manifests: files.filter((file) => /\/_manifests\/revisions\/\w+\/\w+\/link$/.test(file)).length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
  }

  /**
   * Runs the real collector; returns what it printed. Like any registry of this kind it must not be written to
   * meanwhile. Rejects with the end of what it wrote to stderr where it gives up.
   */
  async collectGarbage(options: { readonly deleteUntagged: boolean }): Promise<string> {
    const flags = options.deleteUntagged ? ['--delete-untagged'] : [];
    const args = ['garbage-collect', ...flags, this.#configFile];
    try {
      const { stdout } = await promisify(execFile)(this.#binary, args, { maxBuffer: MAX_OUTPUT_BYTES });
      return stdout;
    } catch (error) {
      throw new Error(`garbage-collect failed: ${endOfErrors(error)}`, { cause: error });
    }
  }
}

/** What the process said, or why there was none. */
function endOfErrors(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr === '' ? String(error) : stderr.slice(-QUOTED_CHARACTERS);
}

function registryConfig(address: string, folder: string, options: RegistryOptions) {
  const { auth, cacheOf, readOnly = false, deletes = true } = options;
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: folder },
      delete: { enabled: deletes },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: readOnly } },
    },
    http: { addr: address, secret: 'nothing in this registry is secret' },
    ...(auth && { auth }),
    ...(cacheOf !== undefined && { proxy: { remoteurl: cacheOf } }),
  };
}
