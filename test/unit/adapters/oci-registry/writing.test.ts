import { describe, expect, it } from 'vitest';
import { anImage, anIndex, MANIFEST } from '../../../support/oci-content.ts';
import { aClient, never, PLAIN } from '../../../support/oci-registry-client.ts';
import { blob, config, image, other } from '../../../support/oci-repository.ts';
import { access, aWriter, KEEP, refused } from '../../../support/oci-writer.ts';
import { type Answer, error, ScriptedRegistry } from '../../../support/scripted-registry.ts';

describe('a manifest that is stored', () => {
  it('under a tag arrives byte for byte, under its media type', async () => {
    await using setup = await aWriter();
    await setup.writer.put(image, KEEP, never);
    const [put] = setup.registry.received;
    expect(setup.registry.requests).toEqual([`PUT manifests/${KEEP}`]);
    expect(put?.headers).toMatchObject({
      'content-type': MANIFEST,
      'content-length': `${image.bytes.length}`,
    });
    expect(put?.bytes).toEqual(image.bytes);
    expect(setup.registry.tags).toMatchObject({ [KEEP]: image.digest });
  });

  it('without a tag is stored under its digest', async () => {
    await using setup = await aWriter();
    await setup.writer.put(image, undefined, never);
    expect(setup.registry.requests).toEqual([`PUT manifests/${image.digest}`]);
    expect(setup.registry.tags).toEqual({ v1: image.digest });
  });

  it('by sha512 goes under a tag as well, where the registry knows it by another digest', async () => {
    const { manifest } = anImage('checkout', 'sha512');
    await using setup = await aWriter();
    await setup.writer.put(manifest, KEEP, never);
    expect(await setup.writer.held(KEEP, manifest.digest, never)).toMatchObject({ digest: manifest.digest });
  });

  it.each([
    { which: 'whose blobs are not there', of: other, code: 'MANIFEST_BLOB_UNKNOWN' },
    { which: 'whose children are not there', of: anIndex([other]), code: 'MANIFEST_BLOB_UNKNOWN' },
  ])('$which is MissingContent', async ({ code, of }) => {
    await using setup = await aWriter();
    await expect(setup.writer.put(of, KEEP, never)).rejects.toMatchObject(refused('MissingContent', code));
    expect(setup.registry.requests).toHaveLength(1);
  });

  it.each(['BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'])('is MissingContent by the code %s too', async (code) => {
    await using setup = await aWriter(error(400, code, 'unknown to registry'));
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('MissingContent', code));
  });

  it.each([
    `sha256:${'0'.repeat(64)}`,
    'sha256:short',
    'none',
  ])('is Malformed where the registry says that it has stored %s', async (digest) => {
    await using setup = await aWriter({ status: 201, headers: { 'docker-content-digest': digest } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('Malformed'));
  });

  it('is not sent with bytes that are not its own', async () => {
    await using setup = await aWriter();
    const mixed = { ...image, bytes: other.bytes };
    await expect(setup.writer.put(mixed, KEEP, never)).rejects.toMatchObject(refused('DigestMismatch'));
    expect(setup.registry.received).toEqual([]);
  });

  it('needs no digest in the answer', async () => {
    await using setup = await aWriter({ status: 201 });
    await expect(setup.writer.put(image, KEEP, never)).resolves.toBeUndefined();
  });

  it('is stored again when the network breaks', async () => {
    await using setup = await aWriter();
    const answers: Answer[] = ['reset', { status: 500 }];
    setup.registry.quirk = () => answers.shift();
    await setup.writer.put(image, KEEP, never);
    expect(setup.registry.requests).toEqual(Array(3).fill(`PUT manifests/${KEEP}`));
    expect(setup.client.requests.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      'push undefined',
      'push 500',
      'push 201',
    ]);
  });

  it('is not sent where a redirect leads', async () => {
    await using elsewhere = await ScriptedRegistry.start();
    await using setup = await aWriter({ status: 307, headers: { location: `${elsewhere.origin}/here` } });
    await expect(setup.writer.put(image, KEEP, never)).rejects.toMatchObject(refused('Malformed', '307'));
    expect(elsewhere.received).toEqual([]);
  });

  it('rejects with the reason of its signal', async () => {
    await using setup = await aWriter('hang');
    const reason = new Error('enough');
    const stored = setup.writer.put(image, KEEP, AbortSignal.abort(reason));
    await expect(stored).rejects.toBe(reason);
  });
});

it('nothing is asked of mirrors, which are not what is protected', async () => {
  await using mirror = await ScriptedRegistry.start();
  await using registry = await ScriptedRegistry.start();
  registry.put(config);
  const settings = {
    [mirror.host]: PLAIN,
    [registry.host]: { ...PLAIN, mirrors: [{ location: mirror.host, listings: true }] },
  };
  await using client = aClient({ settings });
  const writer = client.registry.openForWriting(`${registry.host}/shop/checkout`, access);
  await writer.put(image, KEEP, never);
  await writer.held(KEEP, image.digest, never);
  await writer.tags(10, never);
  await writer.checkBlob(blob, never);
  await writer.deleteTag(KEEP, never);
  expect(mirror.received).toEqual([]);
});
