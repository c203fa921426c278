import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ProtectionMetrics } from '../../../src/telemetry/protection-metrics.ts';

function someMetrics() {
  const registry = new Registry();
  /** Lines of a metric, without those that are 0. */
  const lines = async (name: string, all = false) =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`artifactrelease_${name}`) && (all || !line.endsWith(' 0')))
      .map((line) => line.replace('artifactrelease_', ''));
  return { metrics: new ProtectionMetrics(registry), lines };
}

describe('metrics of protection', () => {
  it('say how many digests are how far, and how many manifests that is', async () => {
    const { metrics, lines } = someMetrics();
    const digests = new Map([
      ['Protected', 3],
      ['RegistryReadOnly', 1],
    ]);
    metrics.totals({ digests, manifests: 17, staleOwnerTags: 2 });
    expect(await lines('protected_')).toEqual([
      'protected_digests{state="Protected"} 3',
      'protected_digests{state="RegistryReadOnly"} 1',
      'protected_manifests 17',
    ]);
    expect(await lines('stale_owner_tags')).toEqual(['stale_owner_tags 2']);
  });

  it('forget what was said before', async () => {
    const { metrics, lines } = someMetrics();
    metrics.totals({ digests: new Map([['DigestNotFound', 1]]), manifests: 1, staleOwnerTags: 1 });
    metrics.totals({ digests: new Map([['Protected', 1]]), manifests: 1, staleOwnerTags: 0 });
    expect(await lines('protected_digests')).toEqual(['protected_digests{state="Protected"} 1']);
    expect(await lines('protected_digests', true)).toContain('protected_digests{state="DigestNotFound"} 0');
  });

  it('tell how long it takes until a digest is known to be protected', async () => {
    const { metrics, lines } = someMetrics();
    metrics.confirmed(61);
    expect(await lines('protection_confirm_seconds_sum')).toEqual(['protection_confirm_seconds_sum 61']);
  });

  it('count losses, repairs, what is given up, and what is not', async () => {
    const { metrics, lines } = someMetrics();
    metrics.lost('TagMissing');
    metrics.repaired('Repaired');
    metrics.repaired('Failed');
    metrics.released('Tombstone', 'Parked');
    metrics.released('Tombstone', 'Released');
    metrics.sweepBlocked('Limit');
    expect(await lines('protection_lost_total')).toEqual(['protection_lost_total{reason="TagMissing"} 1']);
    expect(await lines('protection_repairs_total')).toEqual([
      'protection_repairs_total{result="Repaired"} 1',
      'protection_repairs_total{result="Failed"} 1',
    ]);
    expect(await lines('protection_releases_total')).toEqual([
      'protection_releases_total{strategy="Tombstone",result="Released"} 1',
      'protection_releases_total{strategy="Tombstone",result="Parked"} 1',
    ]);
    expect(await lines('protection_sweeps_blocked_total')).toEqual([
      'protection_sweeps_blocked_total{reason="Limit"} 1',
    ]);
  });

  it('count the bytes that were read, and those that are not what they were', async () => {
    const { metrics, lines } = someMetrics();
    metrics.scrubbed(1_000);
    metrics.scrubbed(24);
    metrics.mismatched();
    expect(await lines('protection_scrub')).toEqual([
      'protection_scrubbed_bytes_total 1024',
      'protection_scrub_mismatches_total 1',
    ]);
  });

  it('begin at 0, so that the first loss is an increase', async () => {
    const { lines } = someMetrics();
    expect(await lines('protection_lost_total', true)).toEqual([
      'protection_lost_total{reason="TagMissing"} 0',
      'protection_lost_total{reason="ManifestMissing"} 0',
      'protection_lost_total{reason="BlobMissing"} 0',
      'protection_lost_total{reason="Corrupt"} 0',
    ]);
    expect(await lines('protection_sweeps_blocked_total', true)).toHaveLength(2);
    expect(await lines('protection_scrub_mismatches_total', true)).toEqual([
      'protection_scrub_mismatches_total 0',
    ]);
  });
});
