import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { ClusterConnection } from './connection.ts';

type KubectlConnection = Pick<ClusterConnection, 'kubectlCommand' | 'kubeconfigPath'>;

/** Runs kubectl and resolves with its stdout; what it wrote to stderr is the message of the error. */
export async function kubectl(
  { kubectlCommand, kubeconfigPath }: KubectlConnection,
  args: readonly string[],
  stdin: string,
): Promise<string> {
  const [executable, ...first] = kubectlCommand;
  const child = spawn(executable, [...first, `--kubeconfig=${kubeconfigPath}`, ...args]);
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
