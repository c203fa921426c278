import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { RegistryMetrics } from '../../../src/telemetry/registry-metrics.ts';

function someMetrics() {
  const registry = new Registry();
  const lines = async (name: string) =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`artifactrelease_registry_${name}`));
  return { metrics: new RegistryMetrics(registry), lines };
}

describe('metrics of registries', () => {
  it('count requests by registry, operation and how they ended', async () => {
    const { metrics, lines } = someMetrics();
    metrics.requestFinished('ghcr.io', 'manifest', 200, 0.2);
    metrics.requestFinished('ghcr.io', 'manifest', 206, 0.2);
    metrics.requestFinished('ghcr.io', 'token', undefined, 10);

    expect(await lines('requests_total')).toEqual([
      'artifactrelease_registry_requests_total{registry="ghcr.io",operation="manifest",status="2xx"} 2',
      'artifactrelease_registry_requests_total{registry="ghcr.io",operation="token",status="none"} 1',
    ]);
    expect(await lines('request_duration_seconds_sum')).toEqual([
      'artifactrelease_registry_request_duration_seconds_sum{registry="ghcr.io"} 10.4',
    ]);
  });

  it('have series for 20 registries, and one more for all others', async () => {
    const { metrics, lines } = someMetrics();
    for (let number = 1; number <= 30; number += 1) {
      metrics.requestFinished(`registry-${number}.example.com`, 'blob', 200, 0.1);
    }
    metrics.requestFinished('registry-1.example.com', 'blob', 200, 0.1);

    const counted = await lines('requests_total');
    expect(counted).toHaveLength(21);
    expect(counted).toContain(
      'artifactrelease_registry_requests_total{registry="other",operation="blob",status="2xx"} 10',
    );
    expect(counted[0]).toMatch(/"registry-1.example.com".* 2$/);
  });
});
