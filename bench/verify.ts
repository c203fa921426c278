// What it costs to prove a digest, and how long one runs that is revoked.

import type { OnProgress } from '../test/cluster/progress.ts';
import { Signer } from '../test/cluster/signer.ts';
import { bundleCost } from './bundle-cost.ts';
import { Fleet } from './fleet.ts';
import { readingCost } from './readings.ts';
import { revocationFleet, secondsToRevoke } from './revocation.ts';
import { round } from './statistics.ts';

export async function verify(releases: number, progress: OnProgress): Promise<object> {
  progress('checking signatures');
  const cost = await bundleCost();
  return Fleet.run(revocationFleet(releases, progress), progress, async (fleet) => {
    const revoke = await secondsToRevoke(fleet, progress);
    const { client } = fleet.cluster;
    await using signer = await Signer.open(client, ['p-256'], progress);
    return {
      key_ms: round(cost.key, 2),
      keyless_ms: round(cost.keyless),
      keyless_rekor1_ms: round(cost.keylessRekor1),
      keyless_both_ms: round(cost.keylessBoth),
      ...(await readingCost(client, signer, releases, progress)),
      revoke_100_s: round(revoke),
    };
  });
}
