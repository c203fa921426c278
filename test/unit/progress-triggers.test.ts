import { describe, expect, it } from 'vitest';
import {
  byCanary,
  byDigest,
  byNamespace,
  byRepository,
  byTarget,
  type ReleaseIndex,
} from '../../src/adapters/kubernetes/cluster-cache.ts';
import { type CachedRevocation, projectRevocation } from '../../src/adapters/kubernetes/policy-projection.ts';
import { type CachedRelease, projectRelease } from '../../src/adapters/kubernetes/release-projection.ts';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { RevocationStatus } from '../../src/api/revocation-status.ts';
import { Store } from '../../src/controller/store.ts';
import { notifyOfProgress } from '../../src/triggers.ts';
import { aRelease, CANDIDATE, NEXT, onCanary, REPOSITORY, STABLE } from '../support/releases.ts';
import { aRevocation } from '../support/revocations.ts';

const onListenerError = (error: unknown): never => {
  throw error;
};

/** Caches of releases and revocations, and whom each change wakes up. */
function caches() {
  const releases = new Store<CachedRelease, ReleaseIndex>({
    indexes: {
      target: byTarget,
      canary: byCanary,
      digest: byDigest,
      namespace: byNamespace,
      repository: byRepository,
    },
    onListenerError,
  });
  const revocations = new Store<CachedRevocation>({ indexes: {}, onListenerError });
  const heard: string[] = [];
  notifyOfProgress(
    { releases, revocations },
    {
      changed: (name) => heard.push(`${name} changed`),
      concerned: (name) => heard.push(`${name} concerned`),
    },
  );
  let version = 0;
  const next = <T extends { metadata: object }>(object: T) => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: `${++version}` },
  });
  const heardOf = (put: () => void): string[] => {
    heard.length = 0;
    put();
    return [...heard];
  };
  return {
    put: (release: ArtifactRelease | object) =>
      heardOf(() => releases.put(projectRelease(next({ ...aRelease(), ...release })))),
    gone: () => heardOf(() => releases.delete('shop/checkout')),
    revoke: (name: string, spec: object, status?: RevocationStatus) =>
      heardOf(() =>
        revocations.put(projectRevocation(() => undefined)(next(aRevocation(spec, { name, status })))),
      ),
    lift: (name: string) => heardOf(() => revocations.delete(name)),
  };
}

const found = (digest: string): RevocationStatus => ({
  observedGeneration: 1,
  digests: [digest],
  affected: 1,
  remaining: 1,
  releases: [],
  conditions: [],
});

const elsewhere = aRelease({ spec: { artifact: { repository: REPOSITORY, digest: NEXT } }, status: {} });

describe('a revocation is looked at', () => {
  it('when it comes, says something else, or goes; not for its own status', () => {
    const { revoke, lift } = caches();
    expect(revoke('a', { digests: [CANDIDATE] })).toEqual(['a changed']);
    expect(revoke('a', { digests: [CANDIDATE] }, found(CANDIDATE))).toEqual([]);
    expect(revoke('a', { digests: [CANDIDATE], dryRun: true }, found(CANDIDATE))).toEqual(['a changed']);
    expect(lift('a')).toEqual(['a changed']);
  });

  it('when a release comes to one of its digests, leaves it, or is deleted', () => {
    const { revoke, put, gone } = caches();
    revoke('a', { digests: [CANDIDATE] });
    revoke('b', { digests: [`sha256:${'9'.repeat(64)}`] });
    expect(put(elsewhere)).toEqual([]);
    expect(put(onCanary())).toEqual(['a concerned']);
    expect(put(elsewhere)).toEqual(['a concerned']);
    put(onCanary());
    expect(gone()).toEqual(['a concerned']);
  });

  it('when a release changes whose digest it has found by other means', () => {
    const { revoke, put } = caches();
    revoke('a', { digests: [NEXT] }, found(STABLE));
    expect(put(onCanary())).toEqual(['a concerned']);
  });

  it('when any release changes, if it depends on what has to be read', () => {
    const { revoke, put } = caches();
    revoke('a', { builders: ['https://builder.example'] });
    expect(put(elsewhere)).toEqual(['a concerned']);
  });

  it('when a release is not understood: it may have to do with any', () => {
    const { revoke, put } = caches();
    revoke('a', { digests: [CANDIDATE] });
    expect(put({ spec: { artifact: { digest: 'latest' } } })).toEqual(['a concerned']);
  });
});
