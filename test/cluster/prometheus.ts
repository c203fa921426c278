import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ControlPlane } from './control-plane.ts';
import { answers, Daemon } from './daemon.ts';
import type { Site } from './site.ts';

const PROMETHEUS_PORT = 9090;

export interface PrometheusOptions {
  /** Scrapes every pod with the annotation `prometheus.io/scrape: "true"`, found through its API server. */
  readonly controlPlane?: ControlPlane;
  readonly scrapeInterval: string;
}

/** Scrapes what it is told to, and takes what is pushed to it by OTLP. */
export class Prometheus {
  readonly url: string;
  readonly daemon: Daemon;
  readonly #directory: string;
  readonly #configFile: string;
  readonly #options: PrometheusOptions;

  constructor(site: Site, binary: string, options: PrometheusOptions) {
    const address = `${site.hostAddress}:${PROMETHEUS_PORT}`;
    this.url = `http://${address}`;
    this.#directory = site.path('prometheus');
    this.#configFile = join(this.#directory, 'prometheus.yaml');
    this.#options = options;
    this.daemon = new Daemon(
      {
        name: 'prometheus',
        command: binary,
        args: [
          `--config.file=${this.#configFile}`,
          `--storage.tsdb.path=${join(this.#directory, 'data')}`,
          `--web.listen-address=${address}`,
          '--web.enable-lifecycle',
          '--web.enable-otlp-receiver',
        ],
        logFile: join(this.#directory, 'prometheus.log'),
      },
      answers(`${this.url}/-/ready`),
    );
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const { controlPlane } = this.#options;
    if (controlPlane) await writeFile(join(this.#directory, 'token'), controlPlane.token, { mode: 0o600 });
    await this.#configure([]);
    await this.daemon.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
  }

  /**
   * Scrapes these from now on, instead of the static targets so far: `host:port` of servers that no pod stands for,
   * such as an operator that runs outside the cluster.
   */
  async setStaticTargets(targets: readonly string[]): Promise<void> {
    await this.#configure(targets);
    const response = await fetch(`${this.url}/-/reload`, { method: 'POST' });
    if (!response.ok) throw new Error(`Prometheus refused its configuration: ${await response.text()}`);
  }

  async #configure(staticTargets: readonly string[]): Promise<void> {
    await writeFile(this.#configFile, stringify(prometheusConfig(this.#options, staticTargets)));
  }
}

function prometheusConfig(
  { controlPlane, scrapeInterval }: PrometheusOptions,
  staticTargets: readonly string[],
) {
  return {
    global: {
      scrape_interval: scrapeInterval,
      scrape_timeout: scrapeInterval,
      evaluation_interval: scrapeInterval,
    },
    scrape_configs: [
      { job_name: 'static', static_configs: [{ targets: staticTargets }] },
      ...(controlPlane ? [podsOf(controlPlane)] : []),
    ],
  };
}

const podsOf = (controlPlane: ControlPlane) => ({
  job_name: 'pods',
  kubernetes_sd_configs: [
    {
      role: 'pod',
      api_server: controlPlane.url,
      authorization: { credentials_file: 'token' },
      tls_config: { ca_file: controlPlane.authorityPath },
    },
  ],
  relabel_configs: podRelabelling(),
});

/** The annotations that charts have used since before there were PodMonitors. */
function podRelabelling() {
  const annotation = (name: string) => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  return [
    { source_labels: [annotation('scrape')], regex: 'true', action: 'keep' },
    // A pod without an address yet has nothing to scrape.
    { source_labels: ['__meta_kubernetes_pod_ip'], regex: '.+', action: 'keep' },
    // Discovery gives a target for every declared port; the annotation names the one with metrics.
    {
      source_labels: ['__meta_kubernetes_pod_ip', annotation('port')],
      separator: ':',
      target_label: '__address__',
    },
    { source_labels: [annotation('path')], regex: '(.+)', target_label: '__metrics_path__' },
    { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
    { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
  ];
}
