import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TimeLimits } from '../../../../src/adapters/oci-registry/repository-client.ts';
import { systemClock } from '../../../../src/controller/clock.ts';
import { aClient, never, plain } from '../../../support/oci-registry-client.ts';
import { aRegistry, image } from '../../../support/oci-repository.ts';
import { type Answer, error } from '../../../support/scripted-registry.ts';

/** Plays the answers in turn, then leaves it to the registry. */
const inTurn = (...answers: readonly Answer[]) => {
  const left = [...answers];
  return () => left.shift();
};

// Most of them wait: for a deadline, or before a request is repeated.
describe.concurrent('a registry in trouble', () => {
  const broken = error(500, 'UNKNOWN', 'disk on fire');
  const moved = error(503, 'UNAVAILABLE', 'later', { 'retry-after': '60' });
  const patient = error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '0' });

  it.each([
    { when: 'one 500', answers: [broken], tries: 2, reason: undefined },
    { when: 'three 500s', answers: [broken, broken, broken], tries: 3, reason: 'Unavailable' },
    { when: 'a connection cut', answers: ['reset'], tries: 2, reason: undefined },
    { when: 'a body that breaks off', answers: ['cut'], tries: 2, reason: undefined },
    { when: 'a 429 that says when', answers: [patient, patient, patient], tries: 4, reason: undefined },
    {
      when: 'a 429 again and again',
      answers: [patient, patient, patient, patient],
      tries: 4,
      reason: 'Throttled',
    },
    {
      when: 'a 429 that does not say when',
      answers: [error(429, 'TOOMANYREQUESTS', '')],
      tries: 1,
      reason: 'Throttled',
    },
    { when: 'a 503 that asks for a minute', answers: [moved], tries: 1, reason: 'Unavailable' },
    { when: 'a 404', answers: [error(404, 'MANIFEST_UNKNOWN', '')], tries: 1, reason: 'NotFound' },
    { when: 'a 403', answers: [error(403, 'DENIED', '')], tries: 1, reason: 'Unauthorized' },
  ] as const)('is asked $tries times on $when', async ({ answers, reason, tries }) => {
    await using registry = await aRegistry();
    registry.quirk = inTurn(...answers);
    await using client = aClient({ settings: plain(registry) });
    const read = client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never);
    if (reason === undefined) expect(await read).toMatchObject({ digest: image.digest });
    else await expect(read).rejects.toMatchObject({ reason });
    expect(registry.received).toHaveLength(tries);
  });

  it('says in its error how long it wants to be left alone', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '120' });
    await using client = aClient({ settings: plain(registry) });
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Throttled',
      retryAfterMs: 120_000,
    });
    expect(registry.received).toHaveLength(1);
  });

  it('that does not answer is given up at the time limit of the call', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => 'hang';
    const limits: TimeLimits = { callMs: 300, mirrorMs: 100, answerMs: 10_000 };
    await using client = aClient({ settings: plain(registry), limits });
    const startedAt = performance.now();
    await expect(
      client.open(`${registry.host}/shop/checkout`).manifest(image.digest, never),
    ).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining('no answer in time (deadline of 300 ms exceeded)'),
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('whose realm does not answer is given up as well, and the next caller asks anew', async () => {
    await using registry = await aRegistry();
    registry.protection = { scheme: 'bearer' };
    registry.quirk = ({ path }) => (path.startsWith('/token') ? 'hang' : undefined);
    await using client = aClient({
      settings: plain(registry),
      limits: { callMs: 300, mirrorMs: 100, answerMs: 10_000 },
    });
    const reader = client.open(`${registry.host}/shop/checkout`);
    await expect(reader.manifest(image.digest, never)).rejects.toMatchObject({ reason: 'Unavailable' });
    registry.quirk = () => undefined;
    registry.drop();
    await sleep(50);
    expect(await reader.manifest(image.digest, never)).toMatchObject({ digest: image.digest });
  });

  it('that refuses connections is Unavailable', async () => {
    const registry = await aRegistry();
    const settings = plain(registry);
    await registry[Symbol.asyncDispose]();
    await using client = aClient({ settings });
    const [host] = Object.keys(settings);
    await expect(client.open(`${host}/shop/checkout`).manifest(image.digest, never)).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringContaining(`${host} cannot be reached: connect ECONNREFUSED`),
    });
    expect(client.requests).toHaveLength(3);
  });

  it('is left when the caller gives up, with the caller’s own reason', async () => {
    await using registry = await aRegistry();
    registry.quirk = () => 'hang';
    await using client = aClient({ settings: plain(registry) });
    const caller = new AbortController();
    const read = client.open(`${registry.host}/shop/checkout`).manifest(image.digest, caller.signal);
    await systemClock.sleep(50, never);
    caller.abort(new Error('shutting down'));
    await expect(read).rejects.toThrow('shutting down');
    await expect(
      client
        .open(`${registry.host}/shop/checkout`)
        .manifest(image.digest, AbortSignal.abort(new Error('gone'))),
    ).rejects.toThrow('gone');
  });
});

it('a crowd of readers shares 8 connections to a registry', async () => {
  await using registry = await aRegistry();
  await using client = aClient({ settings: plain(registry) });
  const readers = Array.from({ length: 100 }, (_, i) => client.open(`${registry.host}/shop/app-${i}`));
  await Promise.all(readers.map((reader) => reader.manifest(image.digest, never)));
  expect(registry.received).toHaveLength(100);
  expect(registry.mostConnections).toBe(8);
});
