import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ArtifactRegistry } from '../../../src/api/artifact-registry.ts';
import { runCli } from '../../support/cli.ts';

const CronJob = z.object({
  spec: z.object({
    jobTemplate: z.object({
      spec: z.object({
        template: z.object({
          spec: z.object({
            containers: z
              .array(z.object({ command: z.array(z.string()), args: z.array(z.string()) }))
              .length(1),
          }),
        }),
      }),
    }),
  }),
});

let page: string;

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, '../../../docs/garbage-collection.md'), 'utf8');
});

/** The YAML of a kind on the page. */
function exampleOf(kind: string): unknown {
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
  return parse(blocks.find((text) => text.includes(`kind: ${kind}\n`)) ?? expect.unreachable());
}

describe('docs/garbage-collection.md', () => {
  it('shows an ArtifactRegistry that the operator understands', () => {
    const example = z.looseObject({ metadata: z.looseObject({}) }).parse(exampleOf('ArtifactRegistry'));
    const metadata = { ...example.metadata, creationTimestamp: '2026-11-24T12:00:00Z' };

    const { spec } = ArtifactRegistry.parse({ ...example, metadata });

    expect(spec.protection.mode).toBe('Tags');
  });

  it('shows a CronJob whose flags the plugin knows', async () => {
    const [container] = CronJob.parse(exampleOf('CronJob')).spec.jobTemplate.spec.template.spec.containers;
    const [kubectl, plugin, ...command] = container?.command ?? [];
    const args = container?.args ?? [];

    expect([kubectl, plugin]).toEqual(['kubectl', 'artifactrelease']);
    // Without its program it is wrong usage, which is found only after the flags have been understood.
    const { told } = await runCli([...command, ...args.slice(0, args.indexOf('--') + 1)]);
    expect(told).toContain('there is no COMMAND');
  });
});
