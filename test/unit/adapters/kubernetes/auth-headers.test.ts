import { describe, expect, it } from 'vitest';
import { AuthHeaders } from '../../../../src/adapters/kubernetes/auth-headers.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function someHeaders() {
  const clock = new FakeClock();
  let loads = 0;
  let broken = false;
  const headers = new AuthHeaders(async () => {
    loads += 1;
    if (broken) throw new Error('no token');
    return { authorization: `token-${loads}` };
  }, clock);
  const breakLoading = (value: boolean) => {
    broken = value;
  };
  return { clock, headers, breakLoading };
}

describe('AuthHeaders', () => {
  it('loads once in 30 s, also for those who ask at the same time', async () => {
    const { clock, headers } = someHeaders();
    await Promise.all([headers.get(), headers.get()]);
    await clock.advance(29_999);
    expect(await headers.get()).toEqual({ authorization: 'token-1' });
    await clock.advance(1);
    expect(await headers.get()).toEqual({ authorization: 'token-2' });
  });

  it('loads again once when several are refused with the same headers', async () => {
    const { headers } = someHeaders();
    const refused = await headers.get();
    await headers.invalidate(refused);
    await headers.get();
    await headers.invalidate(refused);
    expect(await headers.get()).toEqual({ authorization: 'token-2' });
  });

  it('does not remember a failure', async () => {
    const { headers, breakLoading } = someHeaders();
    breakLoading(true);
    await expect(headers.get()).rejects.toThrow('no token');
    breakLoading(false);
    expect(await headers.get()).toEqual({ authorization: 'token-2' });
  });
});
