import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { byDigest } from '../../../src/adapters/kubernetes/cluster-cache.ts';
import { type CachedRelease, projectRelease } from '../../../src/adapters/kubernetes/release-projection.ts';
import type { ArtifactRelease } from '../../../src/api/artifact-release.ts';
import type { ArtifactRevocation } from '../../../src/api/artifact-revocation.ts';
import { Store } from '../../../src/controller/store.ts';
import type { Suspect } from '../../../src/domain/verification/revocation.ts';
import type { KnownEvidence } from '../../../src/ports/known-evidence.ts';
import type { Understood } from '../../../src/ports/policies.ts';
import { ProvenanceLookup } from '../../../src/reconcile/provenance-lookup.ts';
import { attestationBy } from '../../support/evidence.ts';
import { digestOf } from '../../support/release-manifest.ts';
import {
  aCandidate,
  anEntry,
  aPin,
  aRelease,
  CANDIDATE,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';
import { aRevocation } from '../../support/revocations.ts';

const suspect: Suspect = { digests: [CANDIDATE], evidence: [] };

interface Options {
  readonly releases?: readonly ArtifactRelease[];
  readonly revocations?: readonly Understood<ArtifactRevocation>[];
  readonly evidence?: Partial<KnownEvidence>;
  /** Whether whoever asks waits for the end of the work. */
  readonly patient?: boolean;
  readonly notReady?: string;
}

/** Over the same store and index that the operator keeps. */
function aLookup({
  releases = [onCanary()],
  revocations = [],
  evidence,
  patient = true,
  notReady,
}: Options = {}) {
  const store = new Store<CachedRelease, 'digest'>({
    indexes: { digest: byDigest },
    onListenerError: (error) => {
      throw error;
    },
  });
  store.replace(releases.map((release) => projectRelease({ ...release })));
  const asked: string[] = [];
  const nothing: KnownEvidence = { known: () => undefined, examine: async () => undefined, ...evidence };
  return {
    asked,
    lookup: new ProvenanceLookup({
      releasesByPrefix: (prefix) => store.byIndex('digest', prefix).map(({ stored }) => stored),
      policies: { revocations: () => revocations },
      evidence: {
        known: nothing.known,
        examine: (question, signal) => {
          asked.push(`${question.namespace}/${question.release} ${question.repository}`);
          return nothing.examine(question, signal);
        },
      },
      matches: () => false,
      settlesInTime: async (work) => {
        if (patient) await work;
        return patient;
      },
      notReady: () => notReady,
    }),
  };
}

const problem = (result: Awaited<ReturnType<ProvenanceLookup['find']>>) =>
  'problem' in result ? `${result.outcome}: ${result.problem}` : result.outcome;

describe('a digest is looked up', () => {
  it.each([
    ['whole', CANDIDATE],
    ['by its first 12 hex digits', 'b'.repeat(12)],
    ['by more, with its algorithm', `sha256:${'b'.repeat(20)}`],
    ['by all its hex digits', 'b'.repeat(64)],
  ])('%s', async (_, text) => {
    const { lookup } = aLookup();
    expect(await lookup.find(text)).toMatchObject({ outcome: 'Found', answer: { digest: CANDIDATE } });
  });

  it.each([
    '',
    'latest',
    'b'.repeat(11),
    'B'.repeat(12),
    `md5:${'b'.repeat(32)}`,
    `${REPOSITORY}@${CANDIDATE}`,
  ])('not by %j', async (text) => {
    const { lookup } = aLookup();
    expect(problem(await lookup.find(text))).toBe(
      `Invalid: digest must be sha256: and 64 hex digits, sha512: and 128, or the first 12 or more of them in lower case, not ${JSON.stringify(text)}`,
    );
  });

  it('not by a beginning that several share: they are named', async () => {
    const other = `sha256:${'b'.repeat(63)}0`;
    const { lookup } = aLookup({
      releases: [
        onCanary(),
        onCanary({ metadata: { name: 'other' }, status: { candidate: aCandidate({ digest: other }) } }),
      ],
    });
    expect(problem(await lookup.find('b'.repeat(12)))).toBe(
      `Ambiguous: 2 digests begin with ${'b'.repeat(12)}: ${CANDIDATE}, ${other}`,
    );
    expect(await lookup.find(other)).toMatchObject({ outcome: 'Found', answer: { digest: other } });
  });

  it('in vain where nothing knows it, and no registry is asked for it', async () => {
    const { lookup, asked } = aLookup();
    expect(problem(await lookup.find(NEXT))).toBe(
      `NotFound: no release and no revocation here knows ${NEXT}`,
    );
    expect(asked).toEqual([]);
  });

  it('also where only a revocation names it', async () => {
    const revocations = [{ valid: true, value: aRevocation({ digests: [NEXT] }) }] as const;
    const { lookup } = aLookup({ revocations });
    expect(await lookup.find(NEXT.slice(7, 30))).toMatchObject({
      outcome: 'Found',
      answer: { digest: NEXT, releases: [], revocations: [{ name: 'incident-7' }] },
    });
  });

  it('not before the caches are complete: what they lack is not what does not exist', async () => {
    const { lookup } = aLookup({ notReady: 'caches are not synced' });
    expect(problem(await lookup.find(CANDIDATE))).toBe('NotReady: caches are not synced');
  });
});

describe('evidence that is not known', () => {
  it('is read on behalf of a release that has the digest in use', async () => {
    const known = new Map<string, Suspect>();
    const { lookup, asked } = aLookup({
      evidence: {
        known: (digest) => known.get(digest),
        examine: async ({ digest }) => {
          known.set(digest, suspect);
          return suspect;
        },
      },
    });
    expect(await lookup.find(CANDIDATE)).toMatchObject({ answer: { verification: { source: 'Read' } } });
    expect(asked).toEqual([`shop/checkout ${REPOSITORY}`]);
    await lookup.find(CANDIDATE);
    expect(asked).toHaveLength(1);
  });

  it('makes the answer pending when it takes too long, and is read once for all who ask', async () => {
    const { lookup, asked } = aLookup({
      patient: false,
      evidence: { examine: () => new Promise(() => undefined) },
    });
    const answers = await Promise.all([lookup.find(CANDIDATE), lookup.find(CANDIDATE)]);
    expect(answers).toMatchObject([{ outcome: 'Pending' }, { outcome: 'Pending' }]);
    expect(answers[0]).toMatchObject({ answer: { verification: { source: 'Pending' }, releases: [{}, {}] } });
    expect(asked).toHaveLength(1);
  });

  it('is unknown where the registry does not answer: the rest is no less true', async () => {
    const { lookup } = aLookup();
    expect(await lookup.find(CANDIDATE)).toMatchObject({
      outcome: 'Found',
      answer: { verification: { source: 'Unknown' }, releases: [{ role: 'candidate' }, { role: 'wanted' }] },
    });
  });

  it('is read for four digests at once, the others after them', async () => {
    const digests = Array.from({ length: 6 }, (_, i) => digestOf(String(i)));
    const releases = digests.map((digest, i) =>
      aRelease({
        metadata: { name: `release-${i}` },
        spec: { artifact: { repository: REPOSITORY, digest } },
      }),
    );
    const finish: (() => void)[] = [];
    const { lookup, asked } = aLookup({
      releases,
      evidence: { examine: () => new Promise((resolve) => finish.push(() => resolve(undefined))) },
    });
    const all = Promise.all(digests.map((digest) => lookup.find(digest)));
    expect(asked).toHaveLength(4);
    while (finish.length > 0) {
      for (const end of finish.splice(0)) end();
      await new Promise(setImmediate);
    }
    expect((await all).map(({ outcome }) => outcome)).toEqual(digests.map(() => 'Found'));
    expect(asked).toHaveLength(6);
  });
});

describe('among 1,000 releases', () => {
  it('a full answer takes far less than a second', async () => {
    const history = Array.from({ length: 9 }, () => {
      const digest = `sha256:${randomUUID().replaceAll('-', '').repeat(2)}`;
      return anEntry({ digest, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' });
    });
    const releases = Array.from({ length: 1_000 }, (_, i) =>
      onCanary({
        metadata: { name: `release-${i}` },
        status: { pins: [aPin(STABLE)], history: [...history, anEntry()] },
      }),
    );
    const facts = { kind: 'Provenance', builder: 'https://builder.example' } as const;
    const evidence = [attestationBy('a', 'https://slsa.dev/provenance/v1', facts)];
    const revocations = Array.from({ length: 100 }, (_, i) => ({
      valid: true as const,
      value: aRevocation({ builders: [`https://builder.example/${i}`], digests: [digestOf('e')] }),
    }));
    const { lookup } = aLookup({
      releases,
      revocations,
      evidence: { known: () => ({ digests: [STABLE], evidence }) },
    });
    const startedAt = performance.now();
    const result = await lookup.find(STABLE);
    const body = JSON.stringify(result);
    const tookMs = performance.now() - startedAt;
    expect(result).toMatchObject({ outcome: 'Found', answer: { verification: { source: 'Read' } } });
    // Of each release: its pin, stable, and where it was adopted.
    expect('answer' in result && result.answer.releases).toHaveLength(3_000);
    expect(body.length).toBeLessThan(2 * 1024 * 1024);
    expect(tookMs).toBeLessThan(1_000);
  });
});
