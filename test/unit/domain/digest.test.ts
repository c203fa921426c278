import { describe, expect, it } from 'vitest';
import {
  digestLabel,
  digestOfImageId,
  parseImage,
  pinnedImage,
  shortDigest,
} from '../../../src/domain/digest.ts';

const SHA256 = `sha256:${'a1'.repeat(32)}`;
const SHA512 = `sha512:${'b2'.repeat(64)}`;

describe('an image reference', () => {
  it.each([
    ['r.example.com/a/b', { repository: 'r.example.com/a/b' }],
    ['r.example.com/a/b:v1', { repository: 'r.example.com/a/b', tag: 'v1' }],
    [`r.example.com/a/b@${SHA256}`, { repository: 'r.example.com/a/b', digest: SHA256 }],
    [`r.example.com/a/b:v1@${SHA512}`, { repository: 'r.example.com/a/b', tag: 'v1', digest: SHA512 }],
    ['localhost:5000/a', { repository: 'localhost:5000/a' }],
    ['localhost:5000/a:v1', { repository: 'localhost:5000/a', tag: 'v1' }],
    ['nginx', { repository: 'nginx' }],
  ])('%s is understood', (image, parts) => {
    expect(parseImage(image)).toEqual(parts);
  });

  it.each([
    '',
    '@',
    `@${SHA256}`,
    'a@sha256:short',
    `a@${SHA256.toUpperCase()}`,
    `a@md5:${'0'.repeat(32)}`,
  ])('%j is not one', (image) => {
    expect(parseImage(image)).toBeUndefined();
  });

  it('is written with its digest and nothing else', () => {
    expect(parseImage(pinnedImage('localhost:5000/a', SHA256))).toEqual({
      repository: 'localhost:5000/a',
      digest: SHA256,
    });
  });
});

describe('the image ID of a container', () => {
  it.each([
    [`docker-pullable://r.example.com/a@${SHA256}`, SHA256],
    [`r.example.com/a@${SHA256}`, SHA256],
    ['docker://sha256:abc', undefined],
    ['', undefined],
  ])('%s tells %s', (imageId, digest) => {
    expect(digestOfImageId(imageId)).toBe(digest);
  });
});

describe('a digest for people and labels', () => {
  it.each([SHA256, SHA512])('%s is cut to 8 and 16 hex digits without its algorithm', (digest) => {
    expect(digest).toContain(`:${digestLabel(digest)}`);
    expect(digestLabel(digest)).toHaveLength(16);
    expect(digestLabel(digest).startsWith(shortDigest(digest))).toBe(true);
    expect(shortDigest(digest)).toHaveLength(8);
  });
});
