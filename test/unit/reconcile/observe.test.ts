import { describe, expect, it } from 'vitest';
import type { Proof } from '../../../src/domain/observation.ts';
import { known, unknown } from '../../../src/domain/reading.ts';
import type { Container } from '../../../src/domain/workload.ts';
import type { ClusterReader } from '../../../src/ports/cluster.ts';
import { Observer } from '../../../src/reconcile/observe.ts';
import { noObjectives } from '../../support/no-objectives.ts';
import { app, aWorkload, proxy, satisfied } from '../../support/observations.ts';
import { proofs } from '../../support/proofs.ts';
import { protectorOf } from '../../support/protection.ts';

import {
  AVAILABILITY,
  anEntry,
  aRelease,
  at,
  CANDIDATE,
  iso,
  NEXT,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';
import { serviceSource } from '../../support/service-source.ts';

const signal = new AbortController().signal;

function observerOf(containers: readonly Container[], ofStable: Proof = satisfied) {
  const asked: string[] = [];
  const cluster: ClusterReader = {
    release: () => undefined,
    workload: (_, name) => (name.endsWith('-canary') ? undefined : aWorkload({ name, containers })),
    canaries: () => [],
    podTrouble: () => ({ crashLooping: false }),
    releasesOn: () => [],
    runningDigests: async ({ name }) => {
      asked.push(name);
      return new Map([['app', known(STABLE)]]);
    },
  };
  const observer = new Observer({
    cluster,
    service: serviceSource(() => unknown('NoData', 'nothing is known')),
    sloSource: { totals: async () => Promise.reject(new Error('not asked')) },
    objectives: noObjectives,
    verifier: { verify: async ({ digest }) => (digest === STABLE ? ofStable : satisfied) },
    protector: protectorOf(() => satisfied),
  });
  return { asked, observer };
}

describe('the pods of a workload', () => {
  const tagged: Container = { ...app(), image: `${REPOSITORY}:v1` };

  it.each([
    ['where a container of the artifact has a tag', [tagged, proxy], {}, ['checkout']],
    ['not where only a foreign sidecar has one', [app(), proxy], {}, []],
    [
      'not where only a container has one that is not named',
      [app(), { ...tagged, name: 'worker' }],
      { targets: [{ kind: 'Deployment', name: 'checkout', containers: ['app'] }] },
      [],
    ],
  ])('are asked for what they run at adoption %s', async (_, containers, spec, expected) => {
    const { asked, observer } = observerOf(containers);
    const seen = await observer.observe(aRelease({ spec }), undefined, at(), signal);
    expect(asked).toEqual(expected);
    expect([...(seen.targets[0]?.running ?? [])]).toEqual(
      expected.length > 0 ? [['app', known(STABLE)]] : [],
    );
  });

  it('are never asked once stable is known', async () => {
    const { asked, observer } = observerOf([tagged]);
    await observer.observe(aRelease({ status: {} }), undefined, at(), signal);
    expect(asked).toEqual([]);
  });
});

describe('proofs', () => {
  const history = [anEntry(), anEntry({ digest: NEXT })];

  it.each([
    ['not of the history while stable is verified', proofs.Satisfied, [CANDIDATE, STABLE]],
    ['of the history too once stable is revoked', proofs.Revoked, [CANDIDATE, STABLE, NEXT]],
  ])('are asked for %s', async (_, ofStable, expected) => {
    const { observer } = observerOf([app()], ofStable);
    const seen = await observer.observe(aRelease({ status: { history } }), undefined, at(), signal);
    expect([...seen.verification.keys()]).toEqual(expected);
    expect(seen.verification.get(STABLE)).toEqual(ofStable);
    expect([...seen.protection.keys()]).toEqual([STABLE, CANDIDATE, NEXT]);
  });
});

describe('the service as a whole', () => {
  const spec = { objectives: [AVAILABILITY] };

  it('is asked about in the very pass that would let a canary begin', async () => {
    const { observer } = observerOf([app()]);
    const { serviceBurn } = await observer.observe(aRelease({ spec, status: {} }), undefined, at(), signal);
    expect(serviceBurn).toMatchObject({ scope: 'Door', trial: iso() });
    expect(serviceBurn?.services.get('availability')?.windows.get('5m')?.count.known).toBe(false);
  });

  it('is asked what is left of its budgets once it is not known to burn', async () => {
    const { observer } = observerOf([app()]);
    const { serviceBudgets } = await observer.observe(
      aRelease({ spec, status: {} }),
      undefined,
      at(),
      signal,
    );
    expect(serviceBudgets?.get('availability')?.windows.get('30d')?.count.known).toBe(false);
  });

  it('is not asked about for a digest that may not run', async () => {
    const { observer } = observerOf([app()]);
    const release = aRelease({ spec: { ...spec, suspend: true }, status: {} });
    const seen = await observer.observe(release, undefined, at(), signal);
    expect(seen).not.toHaveProperty('serviceBurn');
    expect(seen).not.toHaveProperty('serviceBudgets');
  });
});
