import { describe, expect, it } from 'vitest';
import { artifactContainers, pinsFor, unpinned } from '../../../src/domain/pins.ts';
import { app, aTarget, aWorkload, proxy } from '../../support/observations.ts';
import { aPin, aSpec, CANDIDATE, REPOSITORY, STABLE } from '../../support/releases.ts';

const migrate = { name: 'migrate', image: `${REPOSITORY}:v1`, init: true };
const workload = aWorkload({ containers: [app(), proxy, migrate] });
const spec = aSpec();
const [target] = spec.targets;

describe('the containers of the artifact', () => {
  it('are those of its repository, init containers too, and no others', () => {
    if (!target) throw new Error('no target');
    expect(artifactContainers(spec, target, workload).map((c) => c.name)).toEqual(['app', 'migrate']);
  });

  it('are the named ones where names are given', () => {
    const named = { kind: 'Deployment' as const, name: 'checkout', containers: ['migrate'] };
    expect(artifactContainers(spec, named, workload).map((c) => c.name)).toEqual(['migrate']);
  });
});

describe('the pins of a digest', () => {
  it('name every container of the artifact in every target', () => {
    expect(pinsFor(spec, [aTarget({ workload })], CANDIDATE, [])).toEqual([
      aPin(CANDIDATE),
      aPin(CANDIDATE, { container: 'migrate' }),
    ]);
  });

  it('keep the containers that they had while a target is missing', () => {
    const missing = { name: 'checkout', running: new Map() };
    expect(pinsFor(spec, [missing], CANDIDATE, [aPin(STABLE)])).toEqual([aPin(CANDIDATE)]);
  });

  it('let go of what is no target any more', () => {
    expect(pinsFor(spec, [aTarget()], CANDIDATE, [aPin(STABLE, { name: 'old' })])).toEqual([aPin(CANDIDATE)]);
  });
});

describe('what is not pinned', () => {
  it.each([
    ['nothing, where every image is as stored', [aPin(STABLE)], []],
    ['a container with another image', [aPin(CANDIDATE)], ['app']],
    [
      'nothing, where the container is gone: it cannot be pinned',
      [aPin(CANDIDATE, { container: 'gone' })],
      [],
    ],
    ['nothing, where the pin is of another workload', [aPin(CANDIDATE, { name: 'other' })], []],
  ])('is %s', (_, pins, loose) => {
    expect(unpinned(workload, pins).map(({ container }) => container.name)).toEqual(loose);
  });
});
