import { describe, expect, it } from 'vitest';
import { KubeApiError } from '../../../../src/adapters/kubernetes/kube-api-error.ts';
import { KubeListWatcher } from '../../../../src/adapters/kubernetes/list-watcher.ts';
import { ExpiredError, MalformedEventError } from '../../../../src/controller/list-watcher.ts';
import { aClient } from '../../../support/api-client.ts';
import { type Answer, closedWatch, failure, json } from '../../../support/scripted-api-server.ts';

async function aListWatcher(answer: Answer) {
  const { server, client } = await aClient(answer);
  const listWatcher = new KubeListWatcher(client, {
    path: '/api/v1/pods',
    labelSelector: 'app=a',
    project: ({ metadata }) => metadata.name,
  });
  return { server, listWatcher };
}

const never = new AbortController().signal;
const pod = (name: string, resourceVersion: string) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion },
});

async function watch(...lines: unknown[]): Promise<unknown[]> {
  const { listWatcher } = await aListWatcher(closedWatch(...lines));
  const events: unknown[] = [];
  try {
    const watched = await listWatcher.watch({ resourceVersion: '1', timeoutSeconds: 300 }, never);
    for await (const event of watched) events.push(event);
  } catch (error) {
    events.push(error);
  }
  return events;
}

describe('KubeListWatcher', () => {
  it('lists a page, projected, with what is needed for the next', async () => {
    const page = { metadata: { resourceVersion: '7', continue: 'more' }, items: [pod('a', '3')] };
    const { listWatcher, server } = await aListWatcher(json(page));
    expect(await listWatcher.list({ limit: 500, continueToken: 'before' }, never)).toEqual({
      items: ['a'],
      resourceVersion: '7',
      continueToken: 'more',
    });
    expect(server.requests[0]?.query.toString()).toBe('labelSelector=app%3Da&limit=500&continue=before');
  });

  it('takes an empty continue token for the end', async () => {
    const { listWatcher } = await aListWatcher(
      json({ metadata: { resourceVersion: '7', continue: '' }, items: [] }),
    );
    expect(await listWatcher.list({ limit: 500 }, never)).toEqual({ items: [], resourceVersion: '7' });
  });

  it('asks for bookmarks', async () => {
    const { listWatcher, server } = await aListWatcher(closedWatch());
    await listWatcher.watch({ resourceVersion: '1', timeoutSeconds: 300 }, never);
    expect(Object.fromEntries(server.requests[0]?.query ?? [])).toEqual({
      labelSelector: 'app=a',
      allowWatchBookmarks: 'true',
      resourceVersion: '1',
      timeoutSeconds: '300',
      watch: 'true',
    });
  });

  it('reads events and bookmarks', async () => {
    const events = await watch(
      { type: 'ADDED', object: pod('a', '2') },
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
    );
    expect(events).toEqual([
      { type: 'ADDED', object: 'a', resourceVersion: '2' },
      { type: 'BOOKMARK', resourceVersion: '9' },
    ]);
  });

  it.each([
    {
      what: 'an ERROR of 410',
      line: { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
      error: ExpiredError,
    },
    { what: 'any other ERROR', line: { type: 'ERROR', object: { code: 500 } }, error: KubeApiError },
    { what: 'an object without a version', line: { type: 'ADDED', object: {} }, error: MalformedEventError },
    { what: 'an unknown type', line: { type: 'NEWS', object: pod('a', '2') }, error: MalformedEventError },
  ])('fails on $what', async ({ line, error }) => {
    expect(await watch(line)).toEqual([expect.any(error)]);
  });

  it.each([
    { status: 410, reason: 'Expired' },
    { status: 400, reason: 'BadRequest' },
  ])('asks for a new list when the server refuses its version or token with $status', async ({
    status,
    reason,
  }) => {
    const { listWatcher } = await aListWatcher(failure(status, reason));
    const request = { resourceVersion: '1', timeoutSeconds: 300 };
    await expect(listWatcher.watch(request, never)).rejects.toBeInstanceOf(ExpiredError);
    await expect(listWatcher.list({ limit: 500, continueToken: 'old' }, never)).rejects.toBeInstanceOf(
      ExpiredError,
    );
  });
});
