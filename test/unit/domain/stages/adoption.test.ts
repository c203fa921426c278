import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { known, unknown } from '../../../../src/domain/reading.ts';
import { anObservation, app, aTarget, aWorkload, proxy, rolling } from '../../../support/observations.ts';
import { aRelease, at, NEXT, REPOSITORY, STABLE } from '../../../support/releases.ts';

const tag = { ...app(), image: `${REPOSITORY}:v1` };
const seeing = (...targets: Parameters<typeof aTarget>[0][]) =>
  anObservation({ targets: targets.map(aTarget) });
const named = (...containers: string[]) => ({
  targets: [{ kind: 'Deployment', name: 'checkout', containers }],
});

describe('adoption', () => {
  it.each([
    [
      'a rollout that is under way behind a tag',
      {},
      seeing({ workload: rolling({ containers: [tag] }) }),
      'StableUnknown',
      'Waiting for the rollout of Deployment checkout',
    ],
    [
      'pods that do not tell what they run',
      {},
      seeing({ workload: aWorkload({ containers: [tag] }) }),
      'StableUnknown',
      'scale it up, or write a digest of registry.example.com/shop/checkout into it',
    ],
    [
      'pods that run several digests behind one tag',
      {},
      seeing({
        workload: aWorkload({ containers: [tag] }),
        running: new Map([
          ['app', unknown('StableUnknown', 'pods run container app at 2 different digests')],
        ]),
      }),
      'StableUnknown',
      '2 different digests',
    ],
    ['a container that is not there', named('api'), seeing({}), 'ContainerNotFound', 'has no container api'],
    [
      'a named container of another repository',
      named('proxy'),
      seeing({}),
      'ContainerNotFound',
      'Container proxy of Deployment checkout runs registry.example.com/mesh/proxy:1, which is not of',
    ],
    [
      'no container of the repository',
      {},
      seeing({ workload: aWorkload({ containers: [proxy] }) }),
      'ContainerNotFound',
      'has no container whose image is of registry.example.com/shop/checkout',
    ],
    [
      'more containers than it may pin',
      {},
      seeing({
        workload: aWorkload({
          containers: Array.from({ length: 9 }, (_, i) => ({ ...app(STABLE), name: `app-${i}` })),
        }),
      }),
      'TooManyContainers',
      'has 9 containers of registry.example.com/shop/checkout, and a release pins 8 of a workload at most; name those',
    ],
    ['nothing to look at', {}, anObservation({ targets: [] }), 'DeploymentNotFound', 'to be created'],
  ])('waits because of %s', (_, spec, seen, reason, message) => {
    const { status, effects } = decide(aRelease({ spec }), seen, at());
    expect(status.phase).toBe('Pending');
    expect(status.message).toContain(message);
    expect(status.conditions.find((c) => c.type === 'Ready')).toMatchObject({ status: 'False', reason });
    expect(effects).toEqual([]);
  });

  it('names the version only where the spec is about what runs already', () => {
    const artifact = { repository: REPOSITORY, digest: STABLE, version: '1.41.0' };
    const same = decide(aRelease({ spec: { artifact } }), anObservation(), at()).status;
    expect(same).toMatchObject({ stable: { version: '1.41.0' }, history: [{ version: '1.41.0' }] });
    expect(decide(aRelease(), anObservation(), at()).status.stable).toEqual({ digest: STABLE });
  });

  it('tells which two containers differ', () => {
    const worker = { name: 'worker', workload: aWorkload({ name: 'worker', containers: [app(NEXT)] }) };
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const { status } = decide(aRelease({ spec: { targets } }), seeing({}, worker), at());
    expect(status.message).toBe(
      'Targets run different digests: checkout/app runs aaaaaaaa, worker/app runs cccccccc; give them the same image to adopt them together',
    );
  });

  it('keeps a tag as it is written: adopting restarts no pod', () => {
    const running = new Map([['app', known(STABLE)]]);
    const seen = seeing({ workload: aWorkload({ containers: [tag] }), running });
    const { status, effects } = decide(aRelease(), seen, at());
    expect(status.pins?.map((pin) => pin.image)).toEqual([`${REPOSITORY}:v1`]);
    expect(effects.map(({ kind }) => kind)).toEqual(['ApplyCanary']);
  });
});
