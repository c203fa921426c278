import { expect, it } from 'vitest';
import { KubeProtectedDigestsBoard } from '../../src/adapters/kubernetes/protected-digests-board.ts';
import type { ProtectedList } from '../../src/ports/protected-digests.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';
import { kubectl } from '../support/kubectl.ts';

const never = new AbortController().signal;
const REPOSITORY = 'registry.example.com/shop/web';

const aList = (manifests: number): ProtectedList => {
  const members = Array.from({ length: manifests }, (_, n) => `sha256:${n.toString(16).padStart(64, '0')}`);
  const [digest = ''] = members;
  return {
    ...{ owner: 'f81d4fae', generatedAt: new Date(), complete: true, missing: [] },
    digests: [
      {
        ...{ repository: REPOSITORY, digest, members, reason: 'ReportOnly' },
        ...{ roles: ['Stable'], releases: ['shop/web'] },
      },
    ],
  };
};

it('the list of protected digests is there for clean-ups to read, and shrinks with what is needed', async () => {
  const cluster = await sharedCluster();
  const namespace = await testNamespace(cluster);
  const board = () => new KubeProtectedDigestsBoard(cluster.api, namespace, 'f81d4fae');
  const lines = async () => {
    const selector = 'artifactrelease.dev/protection=digests';
    const output = '-o=jsonpath={range .items[*]}{.data.digests\\.txt}{end}';
    return (await kubectl('get', 'cm', '-n', namespace, '-l', selector, output)).trim().split('\n');
  };

  await board().publish(aList(12_000), never);
  expect(await lines()).toHaveLength(12_000);
  expect(await kubectl('get', 'cm', '-n', namespace, '-o', 'name')).toContain('protected-digests-f81d4fae-1');

  await board().publish(aList(1), never);
  expect(await lines()).toEqual([`${REPOSITORY}@sha256:${'0'.repeat(64)} Stable shop/web`]);
  expect(await kubectl('get', 'cm', '-n', namespace, '-o', 'name')).not.toContain(
    'protected-digests-f81d4fae-1',
  );
});
