import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ANNOTATIONS, COMMANDS, type Command, commandAnnotation } from '../../../src/api/artifact-release.ts';
import { kubectl } from '../../support/kubectl.ts';
import { install, read, send } from '../../support/manifests.ts';
import { digestOf, releaseManifest } from '../../support/release-manifest.ts';

const namespace = `commands-${randomUUID().slice(0, 8)}`;
const people = { erin: 'editor', anna: 'approver', vera: 'viewer' } as const;
type Person = keyof typeof people;

const annotate = (person: Person, ...annotations: readonly string[]) =>
  kubectl('annotate', 'ar', 'checkout', '-n', namespace, '--as', person, '--overwrite', ...annotations);

const give = (person: Person, command: Command, digit: string) =>
  annotate(person, `${commandAnnotation(command)}=${digestOf(digit)}`);

async function requestedBy(): Promise<string | undefined> {
  const { metadata } = await read<{ metadata: { annotations?: Record<string, string> } }>(
    namespace,
    'ar',
    'checkout',
  );
  return metadata.annotations?.[ANNOTATIONS.requestedBy];
}

describe('commands', () => {
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  beforeAll(async () => {
    await install('crd', 'rbac', 'admission');
    await kubectl('create', 'namespace', namespace);
    await send('apply', releaseManifest(namespace));
    for (const [person, role] of Object.entries(people)) {
      await kubectl(
        ...['create', 'rolebinding', person, '-n', namespace],
        ...[`--user=${person}`, `--clusterrole=artifactrelease-${role}`],
      );
    }
    // New roles and policies take effect a moment after their write.
    await vi.waitFor(
      async () => {
        await give('erin', 'abort', '0').catch(() => undefined);
        expect(await requestedBy()).toBe('erin');
        await annotate('erin', `${commandAnnotation('abort')}-`, `${ANNOTATIONS.requestedBy}-`);
        await give('anna', 'approve', '0');
        await expect(give('erin', 'promote', '0')).rejects.toThrow();
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  it.each(COMMANDS)('%s is stamped with the user who gave it', async (command) => {
    const giver = command === 'approve' || command === 'promote' ? 'anna' : 'erin';
    await annotate(giver, `${commandAnnotation(command)}-`, `${ANNOTATIONS.requestedBy}-`);

    await give(giver, command, '1');

    expect(await requestedBy()).toBe(giver);
  });

  it('on a new release is stamped, too', async () => {
    const release = releaseManifest(namespace, 'born-with-a-command');
    const annotations = { [commandAnnotation('retry')]: digestOf('a') };
    await send('create', { ...release, metadata: { ...release.metadata, annotations } }, '--as=erin');

    const { metadata } = await read<{ metadata: { annotations: object } }>(
      namespace,
      'ar',
      release.metadata.name,
    );
    expect(metadata.annotations).toMatchObject({ [ANNOTATIONS.requestedBy]: 'erin' });
  });

  it('the newest one names its user; removing it or changing anything else names nobody', async () => {
    await give('erin', 'abort', '2');
    await give('anna', 'approve', '2');
    expect(await requestedBy()).toBe('anna');

    await annotate('erin', `${commandAnnotation('approve')}-`);
    await annotate('erin', 'note=hello');
    expect(await requestedBy()).toBe('anna');
  });

  it.each(['approve', 'promote'] as const)('%s is not for an editor', async (command) => {
    await expect(give('erin', command, '3')).rejects.toThrow(
      `erin may not give this command to checkout: ${command} needs the verb of its name`,
    );
  });

  it('none is for a viewer', async () => {
    await expect(give('vera', 'abort', '4')).rejects.toThrow('cannot patch resource "artifactreleases"');
  });

  it('nobody can put the name of another under one', async () => {
    await give('anna', 'approve', '5');

    await expect(annotate('erin', `${ANNOTATIONS.requestedBy}=alice`)).rejects.toThrow(
      'requested-by is written by the API server alone',
    );
    await annotate(
      'erin',
      `${commandAnnotation('retry')}=${digestOf('5')}`,
      `${ANNOTATIONS.requestedBy}=alice`,
    );
    expect(await requestedBy()).toBe('erin');
  });
});
