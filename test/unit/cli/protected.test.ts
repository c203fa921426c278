import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtectedDocument } from '../../../src/cli/protected-document.ts';
import { protectedDigestsRoute } from '../../../src/telemetry/protected-digests-route.ts';
import { runCli } from '../../support/cli.ts';
import { kubeconfig } from '../../support/kubeconfig.ts';
import { answering, aProtectedDocument } from '../../support/protected-document.ts';
import { type Answer, ScriptedApiServer } from '../../support/scripted-api-server.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const SIGNATURE = `sha256:${'b'.repeat(64)}`;
const REPOSITORY = 'registry.example.com/shop/checkout';
const ENDPOINT = '/v1/protected-digests';

const document = aProtectedDocument({
  digests: [
    {
      ...{ repository: REPOSITORY, digest: DIGEST, members: [DIGEST, SIGNATURE] },
      ...{ roles: ['Stable', 'Rollback'], releases: ['shop/checkout'], reason: 'Protected' },
    },
  ],
});

async function start(answer: Answer): Promise<ScriptedApiServer> {
  const server = await ScriptedApiServer.start(answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe('protected', () => {
  it('says of every digest what it is to whom, and how far its protection is', async () => {
    const operator = await start(answering(() => document));

    const { exit, out } = await runCli(['protected', '--from', operator.access.server]);

    expect(exit).toBe(0);
    expect(out).toContain(`${REPOSITORY}@${DIGEST}   Stable,Rollback   Protected   2`);
    expect(out).toContain('shop/checkout');
    expect(operator.requests.map(({ path }) => path)).toEqual([ENDPOINT]);
  });

  it('gives programs the list as the operator has it', async () => {
    const operator = await start(answering(() => document));

    const { out } = await runCli([
      'protected',
      '-o',
      'json',
      '--from',
      `${operator.access.server}${ENDPOINT}`,
    ]);

    expect(JSON.parse(out)).toEqual(document);
  });

  it('asks for the repositories that are named, and shows no others', async () => {
    const operator = await start(answering(() => document));
    const others = ['registry.example.com/a', 'registry.example.com/b'].flatMap((one) => [
      '--repository',
      one,
    ]);

    const { out } = await runCli(['protected', ...others, '--from', operator.access.server]);

    expect(operator.requests.map(({ query }) => query.get('repository')).sort()).toEqual([
      'registry.example.com/a',
      'registry.example.com/b',
    ]);
    expect(out).not.toContain(DIGEST);
  });

  it('reaches the operator of a context through its API server, as who the kubeconfig says', async () => {
    const cluster = await start(answering(() => document));
    await kubeconfig(cluster.access.server);

    const { exit, out, told } = await runCli([
      'protected',
      '--from',
      'context:there',
      '--namespace',
      'releases',
    ]);

    expect({ exit, told }).toEqual({ exit: 0, told: '' });
    expect(out).toContain(DIGEST);
    const [request] = cluster.requests;
    expect(decodeURIComponent(request?.path ?? '')).toBe(
      `/api/v1/namespaces/releases/services/http:artifactrelease-operator:http/proxy${ENDPOINT}`,
    );
    expect(request?.headers.authorization).toBe('Bearer secret');
  });
});

it('a replica that does not know is no reason to give up: the next one that answers may', async () => {
  let isReady = false;
  const operator = await start((response, request) => {
    const answer = isReady ? answering(() => document) : answering(() => ({ reason: 'NotReady' }), 503);
    isReady = true;
    answer(response, request);
  });

  expect(await runCli(['protected', '--from', operator.access.server])).toMatchObject({ exit: 0, told: '' });
});

it('what an operator of this version answers is understood, with all that it says', async () => {
  const { generatedAt, ...content } = document;
  const digests = content.digests.map((one) => ({ ...one, roles: ['Stable', 'Rollback'] as const }));
  const list = { ...content, digests, generatedAt: new Date(generatedAt) };
  const route = protectedDigestsRoute({ digests: { list: () => list }, notReady: () => undefined });

  const { body } = await route({ query: new URLSearchParams('format=json'), headers: {} });

  expect(ProtectedDocument.parse(JSON.parse(body?.text ?? ''))).toEqual(document);
});

describe('what is protected is not known, and the exit code is 3,', () => {
  it('when the list is not complete, which is printed as far as it goes', async () => {
    const operator = await start(
      answering(() => ({ ...document, complete: false, missing: ['shop/checkout has not been looked at'] })),
    );

    const { exit, out, told } = await runCli(['protected', '--from', operator.access.server]);

    expect(exit).toBe(3);
    expect(out).toContain(DIGEST);
    expect(told).toContain('not complete: shop/checkout has not been looked at');
  });

  it('when the operator is not ready, in its own words', async () => {
    const operator = await start(
      answering(() => ({ reason: 'NotReady', message: 'caches are being filled' }), 503),
    );

    const { exit, told } = await runCli(['protected', '--from', operator.access.server]);

    expect(exit).toBe(3);
    expect(told).toContain('503: NotReady: caches are being filled');
  });

  it('when the operator cannot be reached', async () => {
    const { exit, told } = await runCli(['protected', '--from', 'http://127.0.0.1:9']);

    expect(exit).toBe(3);
    expect(told).toContain('http://127.0.0.1:9');
  });

  it('when there is no such context', async () => {
    await kubeconfig('http://127.0.0.1:9');

    const { exit, told } = await runCli(['protected', '--from', 'context:staging']);

    expect(exit).toBe(3);
    expect(told).toContain('staging');
  });

  it.each([
    ['something else answers', { hello: 'world' }, 'owner'],
    [
      'a digest is none',
      { ...document, digests: [{ ...document.digests[0], digest: 'sha256:12' }] },
      'digest',
    ],
    ['the owner is none', { ...document, owner: '../x' }, 'owner'],
    ['it does not say whether it is complete', { ...document, complete: undefined }, 'complete'],
  ])('when %s', async (_, answer, field) => {
    const operator = await start(answering(() => answer));

    const { exit, out, told } = await runCli(['protected', '--from', operator.access.server]);

    expect({ exit, out }).toEqual({ exit: 3, out: '' });
    expect(told).toContain('its answer is not understood');
    expect(told).toContain(field);
  });

  it('when the operator changed hands between two questions', async () => {
    const owners = ['first', 'second'];
    const operator = await start(answering(() => ({ ...document, owner: owners.shift() })));
    const two = ['registry.example.com/a', 'registry.example.com/b'].flatMap((one) => ['--repository', one]);

    const { exit, told } = await runCli(['protected', ...two, '--from', operator.access.server]);

    expect(exit).toBe(3);
    expect(told).toMatch(/its owner changed from (first to second|second to first)/);
  });
});
