// CPU that one signed bundle takes, in this process and without a network.

import type { ResolvedAuthority } from '../src/adapters/sigstore-verifier/authority.ts';
import { collectEvidence } from '../src/adapters/sigstore-verifier/collect-evidence.ts';
import type { ArtifactContents } from '../src/ports/artifact-contents.ts';
import { attached, referrer, signatureStatement } from '../test/support/attached-artifact.ts';
import { cosignFixture, cosignPublicKey } from '../test/support/cosign-fixture.ts';
import { privateSigstore, type Witness } from '../test/support/private-sigstore.ts';
import { byKey, keyless } from '../test/unit/adapters/sigstore-verifier/authorities.ts';

const WARM_UP = 50;
const ROUNDS = 300;
const SIGNER = { issuer: 'https://token.actions.example', subject: 'https://git.example/release.yml' };

/** What vouches for the time of a keyless signature: with Rekor 2, as cosign 3 has it by default, a stamp as well. */
const WITNESSES = { keyless: 'rekor2+tsa', keylessRekor1: 'rekor1', keylessBoth: 'rekor1+tsa' } as const;

export type BundleCost = Readonly<Record<'key' | keyof typeof WITNESSES, number>>;

/** Milliseconds of CPU a bundle, all threads. */
export async function bundleCost(): Promise<BundleCost> {
  const sigstore = await privateSigstore();
  const authority = keyless(sigstore.trustedRoot, [SIGNER]);
  const costOf = async (witness: Witness) =>
    cost(attached(referrer(await sigstore.signKeyless(signatureStatement(), SIGNER, witness))), authority);
  return {
    key: cost(cosignFixture('bundle', 'p-256'), byKey(cosignPublicKey('p-256'))),
    keyless: await costOf(WITNESSES.keyless),
    keylessRekor1: await costOf(WITNESSES.keylessRekor1),
    keylessBoth: await costOf(WITNESSES.keylessBoth),
  };
}

function cost(contents: ArtifactContents, authority: ResolvedAuthority): number {
  const collect = () => collectEvidence(contents, [authority]);
  const { evidence } = collect();
  if (evidence.length !== contents.attached.length) throw new Error('not every bundle counts');
  for (let round = 0; round < WARM_UP; round++) collect();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) collect();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ROUNDS / contents.attached.length;
}
