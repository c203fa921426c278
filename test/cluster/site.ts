// Where one cluster lives: a /16 of the loopback network and a folder. With an address range of its own a cluster
// can use the well-known ports, so nothing searches for free ones, and clusters side by side cannot collide.
// Linux routes all of 127.0.0.0/8 to the loopback interface without any configuration.

import { readdir, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Lock, tryLock } from './lock.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** 127.0.x.y to 127.15.x.y are left to the machine: resolvers and the like have addresses there. */
const FIRST_NETWORK = 16;
const LAST_NETWORK = 254;

export class Site {
  readonly #folder: TemporaryFolder;
  readonly #network: number;
  readonly #claim: Lock;

  constructor(network: number, folder: TemporaryFolder, claim: Lock) {
    this.#network = network;
    this.#folder = folder;
    this.#claim = claim;
  }

  /** Of the control plane, the registry and Prometheus. */
  get hostAddress(): string {
    return `127.${this.#network}.0.1`;
  }

  /** The /24 of a node, counted from 1: host 1 is the node itself, the rest are its pods. */
  nodeAddress(node: number, host: number): string {
    return `127.${this.#network}.${node}.${host}`;
  }

  path(...parts: readonly string[]): string {
    return join(this.#folder.path, ...parts);
  }

  async release(): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
    await this.#claim.release();
  }
}

export async function claimSite(): Promise<Site> {
  if (process.platform !== 'linux') {
    throw new Error(
      'the test cluster needs Linux: elsewhere only 127.0.0.1 of the loopback network is usable',
    );
  }
  await removeStaleFolders();
  for (let network = FIRST_NETWORK; network <= LAST_NETWORK; network += 1) {
    const claim = await claimNetwork(network);
    if (claim === undefined) continue;
    return new Site(network, await TemporaryFolder.create(`${folderPrefix(network)}-`), claim);
  }
  throw new Error(
    `every network from 127.${FIRST_NETWORK} to 127.${LAST_NETWORK} is taken by a running cluster`,
  );
}

function claimNetwork(network: number): Promise<Lock | undefined> {
  return tryLock(`network/127.${network}`);
}

function folderPrefix(network: number | string): string {
  return join(tmpdir(), `artifactrelease-${userInfo().uid}-127.${network}`);
}

/** A folder whose network nobody claims belongs to a cluster that was killed together with its watchdogs. */
async function removeStaleFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name);
    const network = /\.(\d+)-\w+$/.exec(path)?.[1];
    if (network === undefined || !path.startsWith(`${folderPrefix(network)}-`)) continue;
    const claim = await claimNetwork(Number(network));
    if (claim === undefined) continue;
    await rm(path, { recursive: true, force: true });
    await claim.release();
  }
}
