import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Download,
  PublicGoodRoot,
} from '../../../../src/adapters/sigstore-verifier/public-good-root.ts';
import { publicGoodRoot } from '../../../../src/adapters/sigstore-verifier/shipped-root.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const HOUR_MS = 60 * 60_000;
const shipped = publicGoodRoot();
/** The same authorities, in other words. */
const newer = JSON.stringify(JSON.parse(shipped), undefined, 1);

function aRoot(...answers: [Download, ...Download[]]) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const folders: string[] = [];
  const root = new PublicGoodRoot({
    clock,
    onError: (error) => errors.push(String(error)),
    download: (folder) => {
      folders.push(folder);
      return (answers[folders.length - 1] ?? expect.unreachable())(folder);
    },
  });
  onTestFinished(() => root.stop());
  return { root, clock, errors, folders };
}

describe('the public-good root', () => {
  it('is the one that ships until its mirror has answered, and nobody waits for that', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { root, clock, folders } = aRoot(() => promise);
    expect(root.current()).toBe(shipped);
    await clock.advance(48 * HOUR_MS);
    expect(root.current()).toBe(shipped);
    resolve(newer);
    await clock.advance(0);
    expect(root.current()).toBe(newer);
    expect(folders).toHaveLength(1);
  });

  it('is asked for once a day, and only when it is used', async () => {
    const { root, clock, folders } = aRoot(
      async () => newer,
      async () => newer,
    );
    await clock.advance(48 * HOUR_MS);
    expect(folders).toHaveLength(0);
    root.current();
    await clock.advance(23 * HOUR_MS);
    root.current();
    expect(folders).toHaveLength(1);
    await clock.advance(HOUR_MS);
    root.current();
    await clock.advance(0);
    expect(folders).toHaveLength(2);
  });

  it('stays when it cannot be had, and is asked for again an hour later', async () => {
    const { root, clock, errors, folders } = aRoot(
      async () => newer,
      () => Promise.reject(new Error('no route')),
      async () => shipped,
    );
    root.current();
    await clock.advance(24 * HOUR_MS);
    root.current();
    await clock.advance(0);
    expect(root.current()).toBe(newer);
    expect(errors).toEqual(['Error: no route']);
    await clock.advance(HOUR_MS);
    root.current();
    await clock.advance(0);
    expect(root.current()).toBe(shipped);
    expect(folders).toHaveLength(3);
  });

  it('leaves nothing behind', async () => {
    const { root, clock, folders } = aRoot(async () => newer);
    root.current();
    await clock.advance(0);
    await root.stop();
    expect(folders.map((folder) => existsSync(folder))).toEqual([false]);
  });
});
