import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';

const COMMANDS = ['protected', 'retention-policy', 'gc-guard'];

describe('--help', () => {
  it('names every command', async () => {
    const { exit, out } = await runCli(['--help']);

    expect(exit).toBe(0);
    for (const command of COMMANDS) expect(out).toContain(`  ${command} `);
  });

  it.each(COMMANDS)('of %s says how to use it and what its exit codes mean', async (command) => {
    const { exit, out, told } = await runCli([command, '--help']);

    expect(exit).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: kubectl artifactrelease ${command} `));
    for (const line of ['0  done', '1  failed', '2  wrong usage', '3  refused']) expect(out).toContain(line);
    expect(told).toBe('');
  });

  it('fits a terminal of 120 columns', async () => {
    const helps = await Promise.all(
      [[], ...COMMANDS.map((one) => [one])].map((args) => runCli([...args, '-h'])),
    );

    expect(helps.flatMap(({ out }) => out.split('\n')).filter((line) => line.length > 120)).toEqual([]);
  });

  it('behind -- is an argument of the guarded program', async () => {
    const { exit, out } = await runCli(['gc-guard', '--from', 'nonsense', '--', 'registry', '--help']);

    expect({ exit, out }).toEqual({ exit: 2, out: '' });
  });
});

it('--version is that of the package', async () => {
  expect(await runCli(['--version'])).toEqual({
    exit: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    told: '',
  });
});

describe('wrong usage ends with 2, names what is wrong, and where to read on', () => {
  it.each([
    [[], 'there is no command', '--help'],
    [['destroy'], 'destroy is not a command', '--help'],
    [['protected', '--frm', 'x'], "'--frm'", 'protected --help'],
    [['protected', 'checkout'], "'checkout'", 'protected --help'],
    [['protected', '-o', 'yaml'], '--output yaml', 'text or json'],
    [['protected', '--from', 'production'], '--from production', 'context:<name>'],
    [['protected', '--from', 'context:'], '--from context:', 'context:<name>'],
    [
      ['protected', '--repository', 'shop/checkout:v1'],
      '--repository shop/checkout:v1',
      'registry.example.com/',
    ],
    [['protected', '--namespace', 'No Such'], '--namespace No Such', 'protected --help'],
    [['retention-policy', '--registry', 'nexus'], '--registry nexus', 'Distribution, ECR'],
    [['retention-policy', '--host', 'https://ghcr.io/'], '--host https://ghcr.io/', 'without https://'],
    [['retention-policy', '--registry', 'ecr', '--host', 'ghcr.io'], '--registry and --host', 'the one'],
    [['retention-policy', '--registry', 'ecr', '--owner', 'Team A'], '--owner Team A', '4 to 16 lower-case'],
    [['retention-policy', '--owner', '1a2b3c4d'], '--owner', '--registry or --host'],
    [['gc-guard'], 'no COMMAND', '--'],
    [['gc-guard', '--'], 'no COMMAND', '--'],
    [['gc-guard', 'true'], "'true'", 'gc-guard --help'],
    [['gc-guard', '--max-age', '0s', '--', 'true'], '--max-age 0s', '90s'],
    [['gc-guard', '--max-age', 'ten', '--', 'true'], '--max-age ten', '90s'],
    [
      ['gc-guard', '--plain-http', 'http://r:5000', '--', 'true'],
      '--plain-http http://r:5000',
      'example.com:5000',
    ],
  ])('%j', async (args, problem, remedy) => {
    const { exit, out, told } = await runCli(args);

    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(told).toContain(problem);
    expect(told).toContain(remedy);
    expect(told).toContain('See kubectl artifactrelease');
  });
});

describe('retention-policy', () => {
  it('lists the registries, and which of them are proven', async () => {
    const { exit, out } = await runCli(['retention-policy']);

    expect(exit).toBe(0);
    expect(out).toMatch(/^Distribution +proven/m);
    expect(out).toMatch(/^GoogleArtifactRegistry +experimental/m);
  });

  it('prints what goes into a file alone, and tells people where that goes', async () => {
    const { exit, out, told } = await runCli([
      'retention-policy',
      '--registry',
      'ecr',
      '--owner',
      '1a2b3c4d',
    ]);

    expect(exit).toBe(0);
    expect(JSON.parse(out).rules[0].selection.tagPatternList).toEqual(['keep.1a2b3c4d.*']);
    expect(told).toContain('lifecycle policy');
    expect(told).toContain('experimental');
  });

  it('recognizes a registry by its host', async () => {
    const { told } = await runCli(['retention-policy', '--host', 'europe-west3-docker.pkg.dev']);

    expect(told).toContain('Google Artifact Registry');
  });
});
