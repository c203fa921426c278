import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../support/certificates.ts';
import {
  failure,
  type Script,
  type ScriptedAnswer,
  startScriptedPrometheus,
} from '../../../support/scripted-prometheus.ts';
import { ask, createSource, nameOf, one, QUESTION } from './harness.ts';

const SECRET = 'hunter2-s3cret';
const { stable: _, ...BAKE } = QUESTION;
const never = new AbortController().signal;
let folder: string;
let secretFile: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prometheus-client-'));
  secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `${SECRET}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Plays the answers to the first queries for bad requests; later ones and all others are answered well. */
function play(answers: readonly ScriptedAnswer[]): Script {
  const left = [...answers];
  return (query) => (nameOf(query) === 'bad of candidate' && left.shift()) || one('7');
}

describe('a request', () => {
  it('is a form, posted below the path of the url, with the extra headers', async () => {
    await using prometheus = await startScriptedPrometheus(() => one('7'));
    const source = createSource({
      url: `${prometheus.url}/tenants/a/`,
      headers: { 'X-Scope-OrgID': 'shop' },
    });
    await source.totals(QUESTION, never);
    await source.close();
    for (const { method, path, headers } of prometheus.received) {
      expect({ method, path }).toEqual({ method: 'POST', path: '/tenants/a/api/v1/query' });
      expect(headers).toMatchObject({
        'content-type': 'application/x-www-form-urlencoded',
        'x-scope-orgid': 'shop',
      });
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  it('carries basic credentials', async () => {
    const { prometheus } = await ask({
      config: { basicAuth: { username: 'operator', passwordFile: secretFile } },
    });
    const expected = `Basic ${Buffer.from(`operator:${SECRET}`).toString('base64')}`;
    expect(new Set(prometheus.received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([expected]),
    );
  });

  it('carries the bearer token that is in the file at that moment', async () => {
    await using prometheus = await startScriptedPrometheus(() => one('7'));
    const tokenFile = join(folder, 'token');
    const source = createSource({ url: prometheus.url, bearerTokenFile: tokenFile });
    for (const token of ['first', 'second']) {
      writeFileSync(tokenFile, token);
      await source.totals(BAKE, never);
      expect(prometheus.received.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    }
    await source.close();
  });

  it.each([
    { when: 'is missing', content: undefined, message: 'cannot read' },
    { when: 'is empty', content: '', message: 'must hold one line' },
    { when: 'holds two lines', content: 'a\nx-evil: b', message: 'must hold one line' },
  ])('is not sent when the secret $when', async ({ content, message }) => {
    const bearerTokenFile = join(folder, 'broken');
    if (content !== undefined) writeFileSync(bearerTokenFile, content);
    const { reading, prometheus } = await ask({ config: { bearerTokenFile } });
    expect(reading).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(reading).toHaveProperty('message', expect.stringContaining(message));
    expect(prometheus.received).toHaveLength(0);
  });
});

describe('mutual TLS', () => {
  it('presents the client certificate and checks the server against the given authority', async () => {
    using authority = new CertificateAuthority();
    const server = authority.issue('server');
    const client = authority.issue('client');
    const options = { ...server, ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    await using prometheus = await startScriptedPrometheus(() => one('7'), options);
    const { certFile, keyFile } = client;
    const { caFile } = authority;
    const trust = async (tls: Record<string, string>) => {
      const source = createSource({ url: prometheus.url, tls });
      const reading = await source.totals(BAKE, never);
      await source.close();
      return reading;
    };
    expect(await trust({ caFile, certFile, keyFile })).toMatchObject({ known: true });
    expect(await trust({ caFile })).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(await trust({ certFile, keyFile })).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(await trust({ caFile, certFile, keyFile, serverName: 'other' })).toMatchObject({ known: false });
    expect(await trust({ caFile: join(folder, 'none.pem') })).toHaveProperty(
      'message',
      expect.stringContaining('none.pem'),
    );
  });
});

// Most of them wait: for a timeout, or before a query is repeated.
describe.concurrent('a failing server', () => {
  const broken = failure(500, 'internal', 'expanding series: out of memory');

  it.each([
    { when: 'one 500', answers: [broken], tries: 2, known: true },
    { when: 'two 500s', answers: [broken, broken], tries: 3, known: true },
    { when: 'three 500s', answers: [broken, broken, broken], tries: 3, known: false },
    { when: 'a connection cut', answers: ['reset'], tries: 2, known: true },
    { when: 'three connections cut', answers: ['reset', 'reset', 'reset'], tries: 3, known: false },
    { when: 'a query that is wrong', answers: [failure(400, 'bad_data', 'no')], tries: 1, known: false },
    { when: 'a query that fails', answers: [failure(422, 'execution', 'no')], tries: 1, known: false },
    { when: 'wrong credentials', answers: [{ status: 401, text: '' }], tries: 1, known: false },
  ] as const)('is asked $tries times on $when', async ({ answers, tries, known }) => {
    await using prometheus = await startScriptedPrometheus(play(answers));
    const source = createSource({ url: prometheus.url });
    const reading = await source.totals(BAKE, never);
    await source.close();
    expect(reading.known).toBe(known);
    expect(prometheus.received.filter((query) => nameOf(query) === 'bad of candidate')).toHaveLength(tries);
  });

  it('that refuses connections is MetricsUnavailable', async () => {
    const prometheus = await startScriptedPrometheus(() => one('7'));
    await prometheus[Symbol.asyncDispose]();
    const source = createSource({ url: prometheus.url });
    const reading = await source.totals(BAKE, never);
    expect(reading).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(reading).toHaveProperty('message', expect.stringContaining('ECONNREFUSED'));
  });

  it('that does not answer is given up at the timeout', async () => {
    await using prometheus = await startScriptedPrometheus(play(['hang']));
    const source = createSource({ url: prometheus.url, timeout: '1s' });
    const startedAt = performance.now();
    const reading = await source.totals(BAKE, never);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(reading).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(reading).toHaveProperty('message', expect.stringContaining('no answer within 1s'));
  });

  it('is left when the caller gives up', async () => {
    await using prometheus = await startScriptedPrometheus(() => 'hang');
    const source = createSource({ url: prometheus.url });
    const caller = new AbortController();
    const reading = source.totals(BAKE, caller.signal);
    await sleep(20);
    caller.abort();
    expect(await reading).toMatchObject({ known: false, reason: 'MetricsUnavailable' });
    expect(await source.totals(BAKE, AbortSignal.abort())).toMatchObject({ known: false });
  });

  it('is never told about in words that hold credentials', async () => {
    const answers = [
      'reset',
      'hang',
      broken,
      { status: 401, text: SECRET },
      { status: 403, text: '' },
    ] as const;
    for (const answer of answers) {
      await using prometheus = await startScriptedPrometheus(() => answer);
      const url = prometheus.url;
      const readings = await Promise.all(
        [
          { bearerTokenFile: secretFile },
          { basicAuth: { username: 'operator', passwordFile: secretFile } },
        ].map((auth) => createSource({ url, timeout: '1s', ...auth }).totals(BAKE, never)),
      );
      expect(readings.map(({ known }) => known)).toEqual([false, false]);
      expect(JSON.stringify(readings)).not.toContain(SECRET);
    }
  });
});

it('a crowd of questions shares 32 connections', async () => {
  const crowded = Promise.withResolvers<void>();
  let arrived = 0;
  await using prometheus = await startScriptedPrometheus(async () => {
    arrived += 1;
    // Time for a 33rd, which must not come.
    if (arrived === 32) setTimeout(crowded.resolve, 50);
    await crowded.promise;
    return one('7');
  });
  const source = createSource({ url: prometheus.url });
  const readings = await Promise.all(Array.from({ length: 100 }, () => source.totals(QUESTION, never)));
  await source.close();
  expect(readings.every((reading) => reading.known)).toBe(true);
  expect(prometheus.received).toHaveLength(400);
  expect(prometheus.mostInFlight).toBe(32);
});
