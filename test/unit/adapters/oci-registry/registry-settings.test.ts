import { describe, expect, it } from 'vitest';
import { byRegistry, toSettings } from '../../../../src/adapters/oci-registry/registry-settings.ts';
import { ArtifactRegistry } from '../../../../src/api/artifact-registry.ts';

const anObject = (name: string, creationTimestamp: string, spec: object) =>
  ArtifactRegistry.parse({ metadata: { name, creationTimestamp }, spec });

describe('the settings of a registry', () => {
  it('are safe where nothing is said', () => {
    const object = anObject('main', '2026-01-01T00:00:00Z', { host: 'registry.example.com' });
    expect(toSettings(object, undefined)).toEqual({ plainHttp: false, mirrors: [] });
  });

  it('are all that the object says', () => {
    const object = anObject('main', '2026-01-01T00:00:00Z', {
      host: 'registry.example.com',
      ca: { configMap: { namespace: 'platform', name: 'ca' } },
      mirrors: [{ location: 'mirror.example.com/cache' }, { location: 'far.example.com', listings: true }],
      credentials: { secret: { namespace: 'platform', name: 'pull' } },
    });
    expect(toSettings(object, '-----BEGIN CERTIFICATE-----')).toEqual({
      plainHttp: false,
      ca: '-----BEGIN CERTIFICATE-----',
      mirrors: [
        { location: 'mirror.example.com/cache', listings: false },
        { location: 'far.example.com', listings: true },
      ],
      pullSecret: { namespace: 'platform', name: 'pull' },
    });
  });

  it('are those of the oldest object, then of the first by name', () => {
    const hub = { host: 'docker.io' };
    const objects = [
      anObject('b', '2026-01-02T00:00:00Z', { host: 'index.docker.io' }),
      anObject('c', '2026-01-01T00:00:00Z', hub),
      anObject('a', '2026-01-01T00:00:00Z', hub),
      anObject('other', '2026-01-03T00:00:00Z', { host: 'ghcr.io' }),
    ];
    for (const order of [objects, objects.toReversed()]) {
      const found = [...byRegistry(order)].map(([host, { metadata }]) => `${host} ${metadata.name}`);
      expect(found.sort()).toEqual(['docker.io a', 'ghcr.io other']);
    }
  });
});
