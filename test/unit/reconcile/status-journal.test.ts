import { describe, expect, it } from 'vitest';
import { StatusJournal } from '../../../src/reconcile/status-journal.ts';
import { aStatus } from '../../support/releases.ts';

const identity = {
  namespace: 'shop',
  name: 'checkout',
  uid: 'u',
  resourceVersion: '7',
  generation: 1,
  creationTimestamp: '',
  finalizers: [],
};
const at = (seconds: number): Date => new Date(seconds * 1000);

describe('status journal', () => {
  const before = aStatus();

  it('writes nothing that is stored already', () => {
    expect(new StatusJournal().whenToWrite('u', before, { ...before }, at(0))).toBeUndefined();
  });

  it('writes news at once', () => {
    const journal = new StatusJournal();
    journal.wrote(identity, '8', at(0));
    expect(journal.whenToWrite('u', before, { ...before, phase: 'Holding' }, at(1))).toEqual(at(1));
  });

  it('writes a sentence or a number ten seconds after the write before at the earliest', () => {
    const journal = new StatusJournal();
    journal.wrote(identity, '8', at(0));
    expect(journal.whenToWrite('u', before, { ...before, message: 'other' }, at(1))).toEqual(at(10));
    expect(journal.whenToWrite('u', before, { ...before, message: 'other' }, at(12))).toEqual(at(12));
  });

  it('does not wait until the clock is where it was, when it has gone back', () => {
    const journal = new StatusJournal();
    journal.wrote(identity, '8', at(3600));
    expect(journal.whenToWrite('u', before, { ...before, message: 'other' }, at(10))).toEqual(at(10));
  });

  it('knows that the cache is behind until it shows another version than the one replaced', () => {
    const journal = new StatusJournal();
    journal.wrote(identity, '8', at(0));
    expect(journal.isBehind(identity)).toBe(true);
    expect(journal.isBehind({ ...identity, resourceVersion: '8' })).toBe(false);
  });
});
