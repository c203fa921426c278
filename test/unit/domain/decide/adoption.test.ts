import { describe, expect, it } from 'vitest';
import type { Observation, ObservedTarget } from '../../../../src/domain/observation.ts';
import { known } from '../../../../src/domain/reading.ts';
import { brief, decided, effectsOf, imagesOf } from '../../../support/decisions.ts';
import { anObservation, app, aTarget, aWorkload, proxy } from '../../../support/observations.ts';
import {
  aRelease,
  CANDIDATE,
  imageOf,
  NEXT,
  ofStable,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';

const missing: ObservedTarget = { name: 'checkout', running: new Map() };

describe('adoption', () => {
  const tagged = aWorkload({ containers: [{ ...app(), image: `${REPOSITORY}:v1` }] });
  const asTag = (...running: [string, ReturnType<typeof known<string>>][]): Observation =>
    anObservation({ targets: [aTarget({ workload: tagged, running: new Map(running) })] });

  it('takes the digest that the workload names as stable, and touches nothing', () => {
    const decision = decided(aRelease({ spec: ofStable }));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status).toMatchObject({ stable: { digest: STABLE }, history: [{ verdict: 'Adopted' }] });
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('reads the digest behind a tag from the pods, and pins the tag as it is written', () => {
    const decision = decided(aRelease({ spec: ofStable }), asTag(['app', known(STABLE)]));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status.stable?.digest).toBe(STABLE);
    expect(imagesOf(decision)).toEqual([`${REPOSITORY}:v1`]);
  });

  it('adds the finalizer first', () => {
    expect(effectsOf(decided(aRelease({ spec: ofStable, metadata: { finalizers: [] } })))).toEqual([
      'AddFinalizer',
    ]);
  });

  const two = { targets: ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name })) };
  const worker = (digest: string): ObservedTarget =>
    aTarget({ name: 'worker', workload: aWorkload({ name: 'worker', containers: [app(digest)] }) });

  it.each([
    ['a tag that no pod explains', {}, asTag(), 'StableUnknown'],
    ['a Deployment that is missing', {}, anObservation({ targets: [missing] }), 'DeploymentNotFound'],
    ['targets that differ', two, anObservation({ targets: [aTarget(), worker(NEXT)] }), 'TargetsDiffer'],
    [
      'an image of another repository',
      {},
      anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [proxy] }) })] }),
      'ContainerNotFound',
    ],
  ])('waits for a person about %s', (_, spec, seen, reason) => {
    const decision = decided(aRelease({ spec }), seen);
    expect(brief(decision)).toEqual(['Pending', reason]);
    expect(decision.status.stable).toBeUndefined();
  });

  it('of several targets at one digest pins them all', () => {
    const seen = anObservation({ targets: [aTarget(), worker(STABLE)] });
    expect(imagesOf(decided(aRelease({ spec: { ...ofStable, ...two } }), seen))).toEqual([
      imageOf(STABLE),
      imageOf(STABLE),
    ]);
  });

  it('goes on to the canary of another digest when that is verified', () => {
    const decision = decided(aRelease());
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods', 'ApplyCanary']);
    expect(decision.effects).toMatchObject([{ replicas: 1, digest: CANDIDATE }]);
  });
});
