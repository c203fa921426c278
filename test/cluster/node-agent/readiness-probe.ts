import { sleep } from '../time.ts';
import type { Container, Probe } from './pod.ts';

/** A kubelet waits a whole period between the first probes; a test should not. */
const STARTUP_PERIOD_MS = 100;

/** Reports each change of readiness until the signal aborts. */
export async function probeReadiness(
  container: Container,
  address: string,
  onChange: (ready: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const probe = container.readinessProbe;
  if (probe === undefined) {
    onChange(true);
    return;
  }
  await sleep((probe.initialDelaySeconds ?? 0) * 1000, signal);
  let ready = false;
  let streak = 0;
  while (!signal.aborted) {
    const succeeded = await isAnswered(probe, container, address);
    streak = succeeded === ready ? 0 : streak + 1;
    if (streak >= (ready ? probe.failureThreshold : probe.successThreshold) && !signal.aborted) {
      ready = !ready;
      streak = 0;
      onChange(ready);
    }
    await sleep(ready ? probe.periodSeconds * 1000 : STARTUP_PERIOD_MS, signal);
  }
}

async function isAnswered(probe: Probe, container: Container, address: string): Promise<boolean> {
  // Other kinds of probe never succeed, which shows sooner than pods that are ready too early.
  if (probe.httpGet === undefined) return false;
  const { path, port } = probe.httpGet;
  const number = container.ports?.find(({ name }) => name === port)?.containerPort ?? port;
  try {
    const response = await fetch(`http://${address}:${number}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(probe.timeoutSeconds * 1000),
    });
    await response.body?.cancel();
    return response.status >= 200 && response.status < 400;
  } catch {
    return false;
  }
}
