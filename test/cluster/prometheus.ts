import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { ControlPlane } from './control-plane.ts';
import { answers, Daemon } from './daemon.ts';
import type { Site } from './site.ts';

const PROMETHEUS_PORT = 9090;

export interface PrometheusOptions {
  readonly scrapeInterval: string;
  /** `host:port` of servers that no pod stands for, such as an operator that runs outside the cluster. */
  readonly staticTargets: readonly string[];
}

/** Scrapes every pod with the annotation `prometheus.io/scrape: "true"`, found through the API server. */
export class Prometheus {
  readonly url: string;
  readonly daemon: Daemon;
  readonly #configFile: string;
  readonly #controlPlane: ControlPlane;
  readonly #options: PrometheusOptions;

  private constructor(site: Site, binary: string, controlPlane: ControlPlane, options: PrometheusOptions) {
    const address = `${site.hostAddress}:${PROMETHEUS_PORT}`;
    this.url = `http://${address}`;
    this.#configFile = site.path('prometheus', 'prometheus.yaml');
    this.#controlPlane = controlPlane;
    this.#options = options;
    this.daemon = new Daemon(
      {
        name: 'prometheus',
        command: binary,
        args: [
          `--config.file=${this.#configFile}`,
          `--storage.tsdb.path=${site.path('prometheus', 'data')}`,
          `--web.listen-address=${address}`,
          '--web.enable-lifecycle',
        ],
        logFile: site.path('prometheus', 'prometheus.log'),
      },
      answers(`${this.url}/-/ready`),
    );
  }

  static async start(
    site: Site,
    binary: string,
    controlPlane: ControlPlane,
    options: PrometheusOptions,
  ): Promise<Prometheus> {
    const prometheus = new Prometheus(site, binary, controlPlane, options);
    await mkdir(site.path('prometheus'), { recursive: true });
    await writeFile(site.path('prometheus', 'token'), controlPlane.token, { mode: 0o600 });
    await prometheus.#configure(options.staticTargets);
    await prometheus.daemon.start();
    return prometheus;
  }

  /** Scrapes these from now on, instead of the static targets so far. */
  async setStaticTargets(targets: readonly string[]): Promise<void> {
    await this.#configure(targets);
    const response = await fetch(`${this.url}/-/reload`, { method: 'POST' });
    if (!response.ok) throw new Error(`Prometheus refused its configuration: ${await response.text()}`);
  }

  async #configure(staticTargets: readonly string[]): Promise<void> {
    const config = prometheusConfig(this.#controlPlane, this.#options.scrapeInterval, staticTargets);
    await writeFile(this.#configFile, stringify(config));
  }
}

function prometheusConfig(
  controlPlane: ControlPlane,
  scrapeInterval: string,
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
      {
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
      },
    ],
  };
}

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
