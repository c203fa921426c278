import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../../src/adapters/http/retry-after.ts';

describe('parseRetryAfter', () => {
  const now = new Date('2025-01-02T03:04:05Z');

  it.each([
    { header: undefined, ms: undefined },
    { header: '', ms: undefined },
    { header: 'soon', ms: undefined },
    { header: '7', ms: 7_000 },
    { header: 'Thu, 02 Jan 2025 03:04:15 GMT', ms: 10_000 },
    { header: 'Thu, 02 Jan 2025 03:04:00 GMT', ms: 0 },
  ])('reads $header as $ms ms', ({ header, ms }) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });
});
