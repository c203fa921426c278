import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { findBinaries } from '../cluster/binaries.ts';
import { answers, Daemon } from '../cluster/daemon.ts';
import { progressOnStderr } from '../cluster/progress.ts';
import { claimSite } from '../cluster/site.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { exposition, isHistogram, type Labels, type Series } from './exposition.ts';
import { nativeExposition, PROTOBUF } from './native-exposition.ts';

/** Something that is scraped. */
export interface Target {
  /** What the scrape configuration adds to every series, such as the pod that was scraped. */
  readonly labels: Labels;
  readonly series: readonly Series[];
  /** Labels of the series win over those of the target, in place of becoming `exported_...`. */
  readonly honorLabels?: boolean;
  /** Histograms are stored as native ones: with the buckets that they have, or exposed with exponential ones. */
  readonly native?: 'Converted' | 'Exponential';
}

/** Scrapes are so far apart in the time that is written on their samples; in truth they follow at once. */
const STEP_MS = 15_000;
const SCRAPES = 8;

/** A real Prometheus without a cluster, that has scraped some targets for two minutes. `await using` stops it. */
export class ScrapedPrometheus implements AsyncDisposable {
  readonly url: string;
  /** The time of the newest samples. */
  readonly at: Date;
  readonly #parts: AsyncDisposable;

  private constructor(url: string, at: Date, parts: AsyncDisposable) {
    this.url = url;
    this.at = at;
    this.#parts = parts;
  }

  static async start(targets: readonly Target[]): Promise<ScrapedPrometheus> {
    const { prometheus: command } = await findBinaries(['prometheus'], progressOnStderr());
    await using parts = new AsyncDisposableStack();
    const at = new Date(Math.floor(Date.now() / 1000) * 1000);
    const site = await claimSite();
    parts.defer(() => site.release());
    const exporter = parts.use(await startExporter(targets, at));
    const address = `${site.hostAddress}:9090`;
    const folder = site.path('prometheus');
    await mkdir(folder, { recursive: true });
    const config = `${folder}/prometheus.yaml`;
    await writeFile(config, stringify(configOf(targets, exporter.address)));
    const daemon = parts.use(
      new Daemon(
        {
          name: 'prometheus',
          command,
          args: [
            `--config.file=${config}`,
            `--storage.tsdb.path=${folder}/data`,
            `--web.listen-address=${address}`,
          ],
          logFile: `${folder}/prometheus.log`,
        },
        answers(`http://${address}/-/ready`),
      ),
    );
    await daemon.start();
    // A scrape begins after the one before was stored.
    await waitFor('every target is scraped to the end', 10_000, async () =>
      exporter.scrapes.every((scrapes) => scrapes > SCRAPES),
    );
    return new ScrapedPrometheus(`http://${address}`, at, parts.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }
}

async function startExporter(targets: readonly Target[], at: Date) {
  const scrapes = targets.map(() => 0);
  const server = createServer((request, response) => {
    const target = Number(request.url?.slice(1));
    const index = Math.min(scrapes[target] ?? 0, SCRAPES - 1);
    scrapes[target] = (scrapes[target] ?? 0) + 1;
    const timeMs = at.getTime() - (SCRAPES - 1 - index) * STEP_MS;
    const { series = [], native } = targets[target] ?? {};
    if (native === 'Exponential')
      response
        .writeHead(200, { 'content-type': PROTOBUF })
        .end(nativeExposition(series.filter(isHistogram), index, timeMs));
    else
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        .end(exposition(series, index, timeMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    scrapes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const configOf = (targets: readonly Target[], address: string) => ({
  global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
  scrape_configs: targets.map(({ labels, honorLabels = false, native }, index) => ({
    job_name: `target-${index}`,
    metrics_path: `/${index}`,
    honor_labels: honorLabels,
    scrape_native_histograms: native !== undefined,
    convert_classic_histograms_to_nhcb: native === 'Converted',
    static_configs: [{ targets: [address], labels }],
  })),
});
