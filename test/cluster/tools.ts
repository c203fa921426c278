// What the cluster is made of: each tool is a Go module of ours under tools/ that only pins versions.

import type { InstalledTool } from './installed-tools.ts';

export type ToolName =
  | 'controlplane'
  | 'cosign'
  | 'kwok'
  | 'prometheus'
  | 'registry'
  | 'registry-2.8'
  | 'workload';

export interface Tool {
  /** Names an executable to use instead of building one. */
  readonly variable: string;
  /** Folder of the Go module under tools/. */
  readonly module: string;
  /** The main package, as an import path or relative to the module. */
  readonly package: string;
  readonly buildFlags: readonly string[];
  /** Where one that the machine has will do; the first that fits. */
  readonly installed?: readonly InstalledTool[];
}

const KUBERNETES_VERSION = '1.37.2';
const [MAJOR, MINOR] = KUBERNETES_VERSION.split('.');

/** Without these the API server calls itself v0.0.0, and clients that check its version refuse it. */
const KUBERNETES_VERSION_FLAGS = [
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
  `-X k8s.io/component-base/version.gitMajor=${MAJOR}`,
  `-X k8s.io/component-base/version.gitMinor=${MINOR}`,
].join(' ');

const STRIPPED = ['-trimpath', '-ldflags', '-s -w'];

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  controlplane: {
    variable: 'CONTROLPLANE',
    module: 'controlplane',
    package: '.',
    buildFlags: ['-trimpath', '-ldflags', `-s -w ${KUBERNETES_VERSION_FLAGS}`],
  },
  // Only what signs: verifying is what is tested.
  cosign: {
    variable: 'COSIGN',
    module: 'cosign',
    package: '.',
    buildFlags: STRIPPED,
  },
  // A binary of its own: its command line flags clash with those that the control plane registers globally.
  kwok: {
    variable: 'KWOK',
    module: 'controlplane',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    buildFlags: STRIPPED,
  },
  prometheus: {
    variable: 'PROMETHEUS',
    module: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Leaves out the SDKs of every cloud, and with them most of the build.
    buildFlags: ['-tags', 'remove_all_sd,enable_kubernetes_sd', ...STRIPPED],
    installed: [{ command: 'prometheus', version: /^prometheus, version 3\./m }],
  },
  registry: {
    variable: 'REGISTRY',
    module: 'registry',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    buildFlags: STRIPPED,
    installed: [{ command: 'registry', version: /distribution\/distribution\/v3 v?3\./ }],
  },
  // What many still run: its collection spares less than that of 3.
  'registry-2.8': {
    variable: 'REGISTRY_2_8',
    module: 'registry-2.8',
    package: '.',
    buildFlags: ['-trimpath', '-ldflags', '-s -w -X github.com/docker/distribution/version.Version=v2.8.3'],
    // Debian's package has the first name.
    installed: ['docker-registry', 'registry'].map((command) => ({
      command,
      version: /docker\/distribution v?2\.8\./,
    })),
  },
  workload: {
    variable: 'WORKLOAD',
    module: 'workload',
    package: '.',
    // Without a build id the same source gives the same bytes, so the images of the tests keep their digests.
    buildFlags: ['-trimpath', '-ldflags', '-s -w -buildid='],
  },
};
