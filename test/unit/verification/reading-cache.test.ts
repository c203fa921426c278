import { describe, expect, it } from 'vitest';
import { ReadingCache } from '../../../src/verification/reading-cache.ts';
import type { ReadingQuestion } from '../../../src/verification/reading-question.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const numbered = (i: number) => `sha256:${String(i).padStart(64, '0')}`;

const about = (digest: string, repository = 'registry.example.com/shop/checkout'): ReadingQuestion => ({
  key: `${repository}@${digest}`,
  repository,
  digest,
  access: { namespace: 'shop', imagePullSecrets: [], serviceAccount: 'default' },
  sources: [],
  platforms: new Map(),
  authorities: [],
});

function aCache() {
  const clock = new FakeClock();
  return new ReadingCache({
    clock,
    random: () => 0,
    concurrency: 1,
    wake: () => undefined,
    observer: { readingFinished: () => undefined, readingsQueued: () => undefined },
    read: async ({ digest }) => ({
      known: true,
      reading: {
        digests: [digest],
        evidence: [],
        rejected: [],
        unavailable: new Map(),
        readAt: clock.now(),
        materialHash: '',
      },
    }),
  });
}

async function read(cache: ReadingCache, question: ReadingQuestion): Promise<void> {
  cache.lookup(question, 'shop/checkout');
  while (cache.lookup(question, 'shop/checkout').state === 'pending') await new Promise(setImmediate);
}

describe('what was read about a digest', () => {
  it('is found, from every repository that it was read in', async () => {
    const cache = aCache();
    await read(cache, about(numbered(1)));
    await read(cache, about(numbered(1), 'mirror.example.com/copy'));
    await read(cache, about(numbered(2)));
    expect(cache.readingsOf(numbered(1)).map(({ digests }) => digests)).toEqual([
      [numbered(1)],
      [numbered(1)],
    ]);
    expect(cache.readingsOf(numbered(3))).toEqual([]);
  });

  it('is forgotten when 2,000 others have been asked about since', async () => {
    const cache = aCache();
    for (let i = 0; i <= 2_000; i++) await read(cache, about(numbered(i)));
    expect([0, 1, 2_000].map((i) => cache.readingsOf(numbered(i)).length)).toEqual([0, 1, 1]);
  });
});
