import { describe, expect, it } from 'vitest';
import { KubeObjectiveReader } from '../../../../src/adapters/kubernetes/kube-objective-reader.ts';
import { known, unknown } from '../../../../src/domain/reading.ts';
import type { ObjectiveTranslator } from '../../../../src/ports/objective-reader.ts';
import { aClient } from '../../../support/api-client.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Answer, failure, inTurn, json } from '../../../support/scripted-api-server.ts';

const signal = new AbortController().signal;
const ref = { kind: 'ServiceLevelObjective', name: 'checkout' } as const;
const MINUTE = 60_000;

const found = (target: string) => known({ target, timeWindow: '30d' });

/** The object is its target; one without it is none. */
const translate: ObjectiveTranslator = (object) => {
  const { target } = object as { readonly target?: string };
  return target === undefined ? unknown('ObjectiveInvalid', 'has no target') : found(target);
};

async function aReader(answer: Answer) {
  const { server, client } = await aClient(answer);
  const clock = new FakeClock();
  const reader = new KubeObjectiveReader(client, translate, clock);
  return {
    server,
    clock,
    read: (one: Parameters<typeof reader.read>[1] = ref) => reader.read('shop', one, signal),
  };
}

const is = (target: string): Answer => json({ target });

describe('an object that a reference names', () => {
  it.each([
    ['PrometheusServiceLevel', '/apis/sloth.slok.dev/v1/namespaces/shop/prometheusservicelevels/checkout'],
    ['ServiceLevelObjective', '/apis/pyrra.dev/v1alpha1/namespaces/shop/servicelevelobjectives/checkout'],
    ['ConfigMap', '/api/v1/namespaces/shop/configmaps/checkout'],
  ] as const)('of kind %s is read by its name, in the namespace of the release', async (kind, path) => {
    const { read, server } = await aReader(is('99'));
    expect(await read({ ...ref, kind })).toEqual(found('99'));
    expect(server.requests.map((request) => `${request.method} ${request.path}`)).toEqual([`GET ${path}`]);
  });

  it('is read again after a minute, and not before', async () => {
    const { clock, read, server } = await aReader(inTurn(is('99'), is('95')));
    await read();
    await clock.advance(MINUTE - 1);
    expect(await read()).toEqual(found('99'));
    await clock.advance(1);
    expect(await read()).toEqual(found('95'));
    expect(server.requests).toHaveLength(2);
  });

  it('is read for each SLO in it', async () => {
    const { read } = await aReader(inTurn(is('99'), is('95')));
    expect(await read({ ...ref, slo: 'a' })).toEqual(found('99'));
    expect(await read({ ...ref, slo: 'b' })).toEqual(found('95'));
  });

  it('is believed for an hour while the API server does not answer, and then no longer', async () => {
    const { clock, read } = await aReader(inTurn(is('99'), failure(500, 'InternalError')));
    await read();
    await clock.advance(60 * MINUTE - 1);
    expect(await read()).toEqual(found('99'));
    await clock.advance(1);
    expect(await read()).toMatchObject({ known: false, reason: 'ObjectiveUnavailable' });
  });

  it('is not believed where it was malformed, nor once it is', async () => {
    const { clock, read } = await aReader(
      inTurn(json({}), is('99'), json({}), failure(500, 'InternalError')),
    );
    expect(await read()).toEqual(
      unknown('ObjectiveInvalid', 'ServiceLevelObjective checkout: has no target'),
    );
    expect(await read()).toEqual(found('99'));
    await clock.advance(MINUTE);
    expect(await read()).toMatchObject({ reason: 'ObjectiveInvalid' });
    expect(await read()).toMatchObject({ reason: 'ObjectiveUnavailable' });
  });

  it.each([
    ['is gone', failure(404, 'NotFound'), 'ObjectiveNotFound', 'there is no checkout in namespace shop'],
    [
      'is of a kind that is not installed',
      json('404 page not found', 404),
      'ObjectiveNotFound',
      'this cluster has no servicelevelobjectives of pyrra.dev/v1alpha1; install their CRD',
    ],
    [
      'may not be read',
      failure(403, 'Forbidden'),
      'ObjectiveUnavailable',
      'allow its service account to get servicelevelobjectives.pyrra.dev in namespace shop',
    ],
  ])('is unknown at once where it %s', async (_, answer, reason, message) => {
    const { clock, read } = await aReader(inTurn(is('99'), answer));
    await read();
    await clock.advance(MINUTE);
    expect(await read()).toEqual({ known: false, reason, message: expect.stringContaining(message) });
  });

  it('is not asked about for longer than the pass that wants it', async () => {
    const { client } = await aClient(() => undefined);
    const stop = new AbortController();
    const reading = new KubeObjectiveReader(client, translate, new FakeClock()).read(
      'shop',
      ref,
      stop.signal,
    );
    stop.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
  });

  it('is forgotten, the oldest first, when there are a thousand others', async () => {
    let asked = 0;
    const get = async <T>() => {
      asked += 1;
      return { target: '99' } as T;
    };
    const reader = new KubeObjectiveReader({ get }, translate, new FakeClock());
    const read = (slo: number) => reader.read('shop', { ...ref, slo: `${slo}` }, signal);
    for (let slo = 0; slo <= 1000; slo += 1) await read(slo);
    await read(1000);
    await read(1);
    expect(asked).toBe(1001);
    await read(0);
    expect(asked).toBe(1002);
  });
});
