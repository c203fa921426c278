import { describe, expect, it } from 'vitest';
import { OWNER } from '../../../../src/domain/protection/keep-tag.ts';
import { ownerOf } from '../../../../src/domain/protection/owner.ts';

const clusterUid = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';

const owner = (watchNamespaces: readonly string[] = [], configured?: string) =>
  ownerOf({ clusterUid, watchNamespaces, configured });

describe('the owner of keep tags', () => {
  it('is what the configuration says', () => {
    expect(owner([], 'prod1')).toBe('prod1');
    expect(owner(['shop'], 'prod1')).toBe('prod1');
  });

  it('is else the cluster, for an operator of all namespaces', () => {
    expect(owner()).toBe('f81d4fae');
  });

  it('is another one for each operator of some namespaces', () => {
    const owners = [owner(), owner(['shop']), owner(['mall']), owner(['mall', 'shop'])];
    expect(new Set(owners).size).toBe(4);
    for (const one of owners) expect(one).toMatch(OWNER);
  });

  it('is the same whatever the order in which namespaces are named, and how often', () => {
    expect(owner(['shop', 'mall', 'shop'])).toBe(owner(['mall', 'shop']));
  });

  it('is of the same namespaces in another cluster another one', () => {
    const other = ownerOf({ clusterUid: 'e', watchNamespaces: ['shop'], configured: undefined });
    expect(other).not.toBe(owner(['shop']));
  });

  it('can be written in a tag also where the UID is none', () => {
    expect(ownerOf({ clusterUid: 'Cluster 1', watchNamespaces: [], configured: undefined })).toMatch(OWNER);
  });
});
