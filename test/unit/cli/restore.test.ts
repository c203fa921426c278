import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { kubeconfig } from '../../support/kubeconfig.ts';
import { json, ScriptedApiServer } from '../../support/scripted-api-server.ts';

const RESTORED = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const TWIN = `sha256:${'b'.repeat(60)}cccc`;
const ANNOTATION = 'artifactrelease.dev/restore';
const at = '2026-11-24T12:00:00Z';
const archived = [RESTORED, OTHER, TWIN].map((digest, index) => ({
  ...{ digest, version: `1.${index}`, repository: 'archive.example.com/shop', archivedAt: at },
}));

/** Answers in this order, the last one for ever, once the digest has been asked for. */
async function cluster(...answers: readonly object[]) {
  let asked: string | undefined;
  const left = [...answers];
  const server = await ScriptedApiServer.start((response, request) => {
    if (request.method === 'PATCH') asked = JSON.parse(request.body).metadata.annotations[ANNOTATION];
    const next = asked === undefined ? {} : ((left.length > 1 ? left.shift() : left[0]) ?? {});
    const release = {
      metadata: { annotations: {} },
      status: { protection: { digests: [], archived } },
      ...next,
    };
    json(release)(response, request);
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await kubeconfig(server.access.server);
  return { asked: () => asked, server };
}

/** Whoever sleeps on it wakes up at once, and that much later. */
class HastyClock extends FakeClock {
  override sleep(ms: number): Promise<void> {
    return this.advance(ms);
  }
}

const restore = (...args: readonly string[]) =>
  runCli(['restore', ...args, '-n', 'shop', '--context', 'there'], {}, new HastyClock());

const kept = (reason: string) => ({
  status: {
    restored: [{ digest: RESTORED, by: 'alice', at }],
    protection: { digests: [{ digest: RESTORED, role: 'Rollback', reason }], archived },
  },
});
const waiting = { metadata: { annotations: { [ANNOTATION]: RESTORED } } };

describe('restore', () => {
  it('asks for the digest, waits until it is back, and says how to return to it', async () => {
    const { asked, server } = await cluster(waiting, kept('ProtectionPending'), kept('Protected'));
    const { exit, out, told } = await restore('aaaaaaaa', 'checkout');
    expect(exit).toBe(0);
    expect(asked()).toBe(RESTORED);
    expect(out).toBe(`kubectl annotate ar checkout -n shop artifactrelease.dev/rollback-to=${RESTORED}\n`);
    expect(told).toContain('aaaaaaaa: ProtectionPending');
    expect(server.requests[0]?.path).toContain('/namespaces/shop/artifactreleases/checkout');
  });

  it('does not wait when it need not', async () => {
    const { asked } = await cluster(waiting);
    expect((await restore(RESTORED, 'checkout', '--wait', '0s')).exit).toBe(0);
    expect(asked()).toBe(RESTORED);
  });

  it.each([
    ['names none of them', 'cccccccc', 'names none of the archived digests of shop/checkout'],
    ['names several of them', 'bbbbbbbb', 'names several of the archived digests'],
    ['is too short', 'bbb', 'give 8 hex digits at least'],
  ])('lists what is archived when the digest %s', async (_, digest, why) => {
    const { asked } = await cluster();
    const { exit, told } = await restore(digest, 'checkout');
    expect(exit).toBe(1);
    expect(told).toContain(why);
    expect(told).toContain(`${OTHER}  1.1  ${at}`);
    expect(asked()).toBeUndefined();
  });

  it('fails when the operator takes the annotation away and restores nothing', async () => {
    await cluster({});
    const { exit, told } = await restore(RESTORED, 'checkout');
    expect(exit).toBe(1);
    expect(told).toContain('kubectl describe ar says why');
  });

  it('fails when it is not back in time, and says what is awaited', async () => {
    await cluster(kept('RegistryReadOnly'));
    const { exit, told } = await restore(RESTORED, 'checkout', '--wait', '1s');
    expect(exit).toBe(1);
    expect(told).toContain('not back yet (RegistryReadOnly)');
  });

  it.each([
    ['nothing', []],
    ['a digest alone', [RESTORED]],
    ['too much', [RESTORED, 'checkout', 'cart']],
    ['a wait that is no duration', [RESTORED, 'checkout', '--wait', 'long']],
  ])('is not understood with %s', async (_, args) => {
    expect((await restore(...args)).exit).toBe(2);
  });
});
