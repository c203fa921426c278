import { describe, expect, it } from 'vitest';
import { never } from '../../../support/oci-registry-client.ts';
import { image } from '../../../support/oci-repository.ts';
import { aWriter, KEEP, refused } from '../../../support/oci-writer.ts';

describe('a deleted tag', () => {
  it('goes, and its manifest and other tags of it stay', async () => {
    await using setup = await aWriter();
    setup.registry.tag(KEEP, image);
    await setup.writer.deleteTag(KEEP, never);
    expect(setup.registry.requests).toEqual([`DELETE manifests/${KEEP}`]);
    expect(setup.registry.tags).toEqual({ v1: image.digest });
    expect(setup.registry.bytesOf(image.digest)).toEqual(image.bytes);
  });

  it('that does not exist is as good', async () => {
    await using setup = await aWriter();
    await expect(setup.writer.deleteTag(KEEP, never)).resolves.toBeUndefined();
  });

  it.each(['unsupported', 'disabled'] as const)('is Unsupported where deletion is %s', async (tagDelete) => {
    await using setup = await aWriter();
    setup.registry.rules.tagDelete = tagDelete;
    await expect(setup.writer.deleteTag('v1', never)).rejects.toMatchObject(refused('Unsupported'));
    expect(setup.registry.tags).toEqual({ v1: image.digest });
  });
});

describe('a deleted manifest', () => {
  it('takes every tag of it along', async () => {
    await using setup = await aWriter();
    setup.registry.tag(KEEP, image);
    await setup.writer.deleteManifest(image.digest, never);
    expect(setup.registry.tags).toEqual({});
    expect(setup.registry.bytesOf(image.digest)).toBeUndefined();
    await expect(setup.writer.deleteManifest(image.digest, never)).resolves.toBeUndefined();
  });

  it('is Unsupported where nothing can be deleted', async () => {
    await using setup = await aWriter();
    setup.registry.rules.tagDelete = 'disabled';
    const deleted = setup.writer.deleteManifest(image.digest, never);
    await expect(deleted).rejects.toMatchObject(refused('Unsupported', 'UNSUPPORTED'));
  });
});
