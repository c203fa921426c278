import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import {
  API_SERVER_PORT,
  apiServerFlags,
  type ControlPlaneFiles,
  controllerManagerFlags,
  etcdFlags,
  etcdUrl,
  SPARING_PROCESSORS,
  schedulerFlags,
} from './control-plane-flags.ts';
import { answers, Daemon } from './daemon.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { Site } from './site.ts';

export interface ControlPlaneOptions {
  /** Write a log of every request: who, what, when, which answer. */
  readonly audit: boolean;
}

/** etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and an administrator's way in. */
export class ControlPlane {
  readonly url: string;
  readonly token: string;
  readonly kubeconfigPath: string;
  /** PEM file of the authority behind the API server's certificate. */
  readonly authorityPath: string;
  /** JSON lines of audit.k8s.io/v1 Events; undefined without `audit`. */
  readonly auditLogPath: string | undefined;
  readonly etcd: Daemon;
  readonly apiServer: Daemon;
  readonly controllerManager: Daemon;
  readonly scheduler: Daemon;
  readonly #files: ControlPlaneFiles;

  constructor(site: Site, binary: string, options: ControlPlaneOptions) {
    const files = controlPlaneFiles(site, options);
    this.url = `https://${site.hostAddress}:${API_SERVER_PORT}`;
    this.#files = files;
    this.token = randomBytes(16).toString('hex');
    this.kubeconfigPath = files.kubeconfig;
    this.authorityPath = files.authority;
    this.auditLogPath = files.auditLog;
    const component = (name: string, flags: readonly string[], isReady: () => Promise<boolean>) =>
      new Daemon(
        {
          name,
          command: binary,
          args: [name, ...flags],
          env: { ...process.env, ...SPARING_PROCESSORS },
          logFile: site.path('control-plane', `${name}.log`),
        },
        isReady,
      );
    this.etcd = component(
      'etcd',
      etcdFlags(site.hostAddress, files),
      answers(`${etcdUrl(site.hostAddress)}/health`),
    );
    this.apiServer = component('kube-apiserver', apiServerFlags(site.hostAddress, files), () =>
      isApiServerReady(this.url, files.servingCertificate),
    );
    // These two serve nothing: that they work shows in what they do to objects.
    this.controllerManager = component('kube-controller-manager', controllerManagerFlags(files), isStarted);
    this.scheduler = component('kube-scheduler', schedulerFlags(files), isStarted);
  }

  async start(): Promise<void> {
    await writeFiles(this.#files, this.token);
    await this.etcd.start();
    await this.apiServer.start();
    await extractAuthority(this.#files);
    await writeFile(this.kubeconfigPath, await this.kubeconfigOf('admin', this.token), { mode: 0o600 });
    await Promise.all([this.controllerManager.start(), this.scheduler.start()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const daemons = [this.scheduler, this.controllerManager, this.apiServer, this.etcd];
    await Promise.all(daemons.map((daemon) => daemon.kill()));
  }

  /** A kubeconfig of whoever the token belongs to. */
  async kubeconfigOf(user: string, token: string, namespace?: string): Promise<string> {
    const authority = await readFile(this.authorityPath, 'utf8');
    return kubeconfig({
      server: this.url,
      authority,
      user,
      token,
      ...(namespace !== undefined && { namespace }),
    });
  }
}

function controlPlaneFiles(site: Site, options: ControlPlaneOptions): ControlPlaneFiles {
  const path = (...parts: readonly string[]) => site.path('control-plane', ...parts);
  return {
    certificates: path('certificates'),
    servingCertificate: path('certificates', 'apiserver.crt'),
    authority: path('authority.crt'),
    tokens: path('tokens.csv'),
    serviceAccountPrivateKey: path('service-account.key'),
    serviceAccountPublicKey: path('service-account.pub'),
    auditPolicy: path('audit-policy.json'),
    auditLog: options.audit ? path('audit.log') : undefined,
    kubeconfig: site.path('kubeconfig'),
    etcdData: path('etcd'),
  };
}

async function writeFiles(files: ControlPlaneFiles, token: string): Promise<void> {
  await mkdir(files.certificates, { recursive: true });
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const auditPolicy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  };
  await Promise.all([
    writeFile(files.serviceAccountPrivateKey, keys.privateKey, { mode: 0o600 }),
    writeFile(files.serviceAccountPublicKey, keys.publicKey),
    writeFile(files.tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 }),
    writeFile(files.auditPolicy, JSON.stringify(auditPolicy)),
  ]);
}

/** The server writes one file: its own certificate, then that of the authority which it made to sign it. */
async function extractAuthority(files: ControlPlaneFiles): Promise<void> {
  const certificates = await readFile(files.servingCertificate, 'utf8');
  await writeFile(
    files.authority,
    certificates.slice(certificates.lastIndexOf('-----BEGIN CERTIFICATE-----')),
  );
}

/** Through node:https, because the certificate to trust exists only once the server has started. */
async function isApiServerReady(url: string, servingCertificate: string): Promise<boolean> {
  const ca = await readFile(servingCertificate, 'utf8');
  return await new Promise((resolve) => {
    const probe = request(`${url}/readyz`, { ca, timeout: 1000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });
}

async function isStarted(): Promise<boolean> {
  return true;
}
