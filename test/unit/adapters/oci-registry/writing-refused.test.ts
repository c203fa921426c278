import { describe, expect, it } from 'vitest';
import { never } from '../../../support/oci-registry-client.ts';
import { image } from '../../../support/oci-repository.ts';
import { aWriter, KEEP, refused } from '../../../support/oci-writer.ts';
import { type Answer, error } from '../../../support/scripted-registry.ts';

describe('a refused write', () => {
  it.each<{ says: string; answer: Answer; reason: string; words: string }>([
    {
      says: 'method not allowed, in plain text',
      answer: { status: 405, headers: { 'content-type': 'text/plain' }, body: 'Method not allowed\n' },
      ...{ reason: 'ReadOnly', words: 'it answers 405' },
    },
    {
      says: 'not supported, as pull-through caches do',
      answer: error(405, 'UNSUPPORTED', 'The operation is unsupported.'),
      ...{ reason: 'Unsupported', words: 'UNSUPPORTED' },
    },
    { says: 'too large', answer: { status: 413 }, reason: 'TooLarge', words: '413' },
    {
      says: 'immutable, by 409',
      answer: error(409, 'CONFLICT', 'tag is immutable'),
      ...{ reason: 'Forbidden', words: 'tag is immutable' },
    },
    {
      says: 'immutable, by 412',
      answer: error(412, 'PRECONDITION', 'due to the immutable tag rule'),
      ...{ reason: 'Forbidden', words: 'immutable tag rule' },
    },
    {
      says: 'immutable, by 400',
      answer: error(400, 'TAG_INVALID', "the repository's tags are immutable"),
      ...{ reason: 'Forbidden', words: 'are immutable' },
    },
    {
      says: 'immutable, at the end of a long sentence',
      answer: error(400, 'TAG_INVALID', `in '${'team/'.repeat(80)}', where every tag is immutable.`),
      ...{ reason: 'Forbidden', words: 'TAG_INVALID' },
    },
    {
      says: 'of a repository with immutability',
      answer: error(400, 'FAILED_PRECONDITION', 'The repository has enabled tag immutability.'),
      ...{ reason: 'Forbidden', words: 'tag immutability' },
    },
    {
      says: 'locked, as Azure has it',
      answer: error(405, 'REGISTRY_DISALLOWED_OPERATION', 'The operation is disallowed on this image.'),
      ...{ reason: 'Forbidden', words: 'disallowed' },
    },
    { says: 'bad, and no more', answer: { status: 400 }, reason: 'Malformed', words: '400' },
    {
      says: 'no such repository',
      answer: error(404, 'NAME_UNKNOWN', 'no'),
      reason: 'NotFound',
      words: '404',
    },
  ])('$says: $reason', async ({ answer, reason, words }) => {
    await using setup = await aWriter(answer);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused(reason, words));
    expect(setup.registry.requests).toHaveLength(1);
  });

  it('repeats no words that are not known JSON', async () => {
    await using setup = await aWriter();
    setup.registry.rules.readOnly = true;
    await expect(setup.writer.put(image, KEEP, never)).rejects.toHaveProperty(
      'message',
      expect.not.stringContaining('Method not allowed'),
    );
  });

  it('names the repository and the tag', async () => {
    await using setup = await aWriter({ status: 405 });
    const words = new RegExp(`${setup.registry.host}/shop/checkout: .*${KEEP}`);
    await expect(setup.writer.put(image, KEEP, never)).rejects.toThrow(words);
  });

  it('that is to wait long is the business of the caller', async () => {
    await using setup = await aWriter({ status: 429, headers: { 'retry-after': '60' } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject({
      reason: 'Throttled',
      retryAfterMs: 60_000,
    });
    expect(setup.registry.requests).toHaveLength(1);
  });
});
