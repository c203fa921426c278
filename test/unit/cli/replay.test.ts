import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { systemClock } from '../../../src/controller/clock.ts';
import { decide } from '../../../src/domain/decide.ts';
import { runCli } from '../../support/cli.ts';
import { anEvaluation, lineOf, worsening } from '../../support/evaluations.ts';
import { counted, withCanary } from '../../support/observations.ts';
import { recordedLine } from '../../support/recorded-line.ts';
import { AVAILABILITY, aKnownCandidate, at, iso, onCanary, UID } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const LOG = worsening.map(lineOf);

/** Gives the command what stands on its standard input. */
const replay = (input: string, ...args: readonly string[]) =>
  runCli(['replay', ...(args.includes('--status') ? [] : ['--log', '-']), ...args], {}, systemClock, input);
const replayLines = (lines: readonly string[], ...args: readonly string[]) =>
  replay(lines.join('\n'), ...args);

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'replay-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('replay of a log', () => {
  it('finds every answer again, whatever else stands in the log and in front of its lines', async () => {
    const [first = '', second = '', ...others] = LOG;
    const noise = ['', 'not JSON', '{"msg":"decided","release":"shop/checkout"}'];
    const prefixed = [`[pod/operator-1/operator] ${first}`, `2026-06-01T12:02:00Z ${second}`, ...others];

    const { exit, out, told } = await replayLines([...noise, ...prefixed]);

    expect(told).toBe('');
    expect(out).toMatch(/^RELEASE +DIGEST +ATTEMPT +ANSWERS +DIFFERENT +HAPPENED\n/);
    expect(out).toMatch(
      /shop\/checkout +bbbbbbbb +1 +5 +0 +step 2 at 20%: rolled back 2026-06-01T12:05:00Z, Error/,
    );
    expect(exit).toBe(0);
  });

  it('says which answer is another one, with exit code 3', async () => {
    const changed = LOG.map((line) => line.replace('"verdict":"RollBack"', '"verdict":"Hold"'));
    const { exit, out } = await replayLines(changed);
    expect(exit).toBe(3);
    expect(out).toContain(
      'shop/checkout availability 2026-06-01T12:05:00Z: assessment.verdict is "Hold", and computed "RollBack"\n',
    );
  });

  it.each([
    ['cut off', '{"msg":"evaluated","schema":1,"rel'],
    ['of another schema', (LOG[0] ?? '').replace('"schema":1', '"schema":2')],
  ])('does not pass over a line that is %s', async (_, line) => {
    const { exit, told } = await replayLines([...LOG, line]);
    expect(exit).toBe(3);
    expect(told).toContain('-:6 is not understood');
  });

  it('says stage by stage what another policy would have done', async () => {
    const { exit, out, told } = await replayLines(
      LOG,
      '--target',
      'availability=95',
      '--budget-limit',
      '100',
    );
    expect(exit).toBe(0);
    expect(out).toMatch(/step 1 at 10% +passed 2026-06-01T12:02:00Z +passed 2026-06-01T12:01:00Z\n/);
    expect(out).toMatch(
      /step 2 at 20% +rolled back \S+, ErrorBudgetBurn of availability +Pass, With.*; counts end/,
    );
    expect(told).toContain('step 1 at 10% would have ended 2026-06-01T12:01:00Z; what was counted later');
  });

  it('says of nothing that would not have been', async () => {
    const { out } = await replayLines(LOG, '--target', '99.99');
    expect(out).toMatch(/passed \S+ +still there 2026-06-01T12:02:00Z: Hold, InsufficientTraffic of availab/);
    expect(out).toMatch(/rolled back .* not known\n/);
  });

  it('looks at one release of several', async () => {
    const other = anEvaluation({ at: '1m', current: totals(0, 9), release: 'shop/cart' });
    const { out } = await replayLines([...LOG, lineOf(other)], '--release', 'shop/cart', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      trials: [
        { release: 'shop/cart', evaluations: 1, differences: [], happened: [{ ending: 'CountsEnd' }] },
      ],
      decisions: [],
    });
  });

  it('draws what was counted, a panel for each objective', async () => {
    const plot = join(await folder(), 'plot.svg');
    const latency = anEvaluation({ at: '1m', objective: 'latency', current: totals(0, 0) });
    await replayLines([...LOG, lineOf({ ...latency, release: 'a<b' })], '--plot', plot);
    const svg = await readFile(plot, 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg.match(/<g /g)).toHaveLength(2);
    expect(svg).toContain('a&lt;b bbbbbbbb, attempt 1: latency');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('reads several files as one log', async () => {
    const path = await folder();
    const files = await Promise.all(
      [LOG.slice(0, 2), LOG.slice(2)].map(async (lines, index) => {
        const file = join(path, `${index}.log`);
        await writeFile(file, lines.join('\n'));
        return ['--log', file];
      }),
    );
    const { exit, out } = await runCli(['replay', ...files.flat()]);
    expect([exit, out.split('\n')[1]]).toEqual([0, expect.stringMatching(/ 5 +0 +step 2/)]);
  });
});

describe('replay of decisions', () => {
  const refused = withCanary({ writeFailure: { reason: 'WriteFailed', message: 'quota exceeded' } });
  const held = recordedLine(onCanary(), refused, '1m');
  const passed = recordedLine(onCanary(), withCanary(), '6m');

  it('finds every one again, whatever else stands in the log', async () => {
    const { exit, out, told } = await replayLines([passed, 'not JSON', `[pod/operator] ${held}`, ...LOG]);
    expect(told).toBe('');
    expect(out).toMatch(/RELEASE +DECISIONS +DIFFERENT +FROM +TO\n/);
    expect(out).toMatch(/shop\/checkout +2 +0 +2026-06-01T12:01:00Z +2026-06-01T12:06:00Z\n/);
    expect(out).toContain('step 2 at 20%: rolled back');
    expect(exit).toBe(0);
  });

  it('says which field is another one, with exit code 3', async () => {
    const changed = held.replace('"phase":"Holding"', '"phase":"Paused"');
    const { exit, out } = await replayLines([passed, changed]);
    expect(exit).toBe(3);
    expect(out).toMatch(/shop\/checkout +2 +1 /);
    expect(out).toContain(
      'shop/checkout 2026-06-01T12:01:00Z: status.phase is "Paused", and computed "Holding"\n',
    );
  });

  it('counts them as JSON', async () => {
    const { out } = await replayLines([held, passed], '-o', 'json', '--release', 'shop/checkout');
    expect(JSON.parse(out)).toEqual({
      trials: [],
      decisions: [
        {
          ...{ release: 'shop/checkout', uid: UID, decisions: 2, from: iso('1m'), to: iso('6m') },
          ...{ versions: [manifest.version], differences: [] },
        },
      ],
    });
  });

  it.each<[string, string, string]>([
    ['is cut off', held.slice(0, 500), 'no JSON, or a part of it is missing'],
    ['has lost its beginning', held.slice(500), 'no JSON, or a part of it is missing'],
    [
      'is of another schema',
      held.replace('"schema":1', '"schema":2'),
      'schema is 2, and this program reads 1',
    ],
    ['has another kind of number', held.replace('"replicas":9', '"replicas":"9"'), 'replicas'],
    ['has no time', held.replace('12:01:00.000Z', '12:61:00.000Z'), 'Invalid ISO datetime'],
    ['is hostile', '{"msg":"recorded","__proto__":{"schema":1},"input":[[[', 'no JSON'],
    ['is empty', '{"msg":"recorded"}', 'schema is undefined'],
  ])('does not pass over a line that %s', async (_, line, problem) => {
    const { exit, told } = await replayLines([passed, line]);
    expect(exit).toBe(3);
    expect(told).toContain('-:2 is not understood: ');
    expect(told).toContain(problem);
  });

  it('names a line that no operator has written', async () => {
    const nested = `"value":${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const deep = held.replace('"canary":{', `"canary":{"patches":[{"op":"add","path":"/x",${nested}}],`);
    const { exit, out } = await replayLines([deep]);
    expect(exit).toBe(3);
    expect(out).toContain('error is nothing, and computed "RangeError: ');
  });

  it('says that another version of the operator decided', async () => {
    const other = held.replace(`"version":"${manifest.version}"`, '"version":"0.0.9"');
    const is = `version 0.0.9 of the operator, and this is ${manifest.version}`;
    const same = await replayLines([other, passed]);
    expect([same.exit, same.told]).toEqual([0, `shop/checkout: logged by ${is}\n`]);
    const unknown = await replayLines([other.replace('"schema":1', '"schema":2'), passed]);
    expect(unknown.exit).toBe(3);
    expect(unknown.told).toContain(is);
  });

  it('is not made of another policy, nor drawn', async () => {
    const { exit, out } = await replayLines([held, ...LOG], '--confidence', '0.9');
    expect(exit).toBe(0);
    expect(out).not.toContain('DECISIONS');
    expect((await replayLines([held], '--confidence', '0.9')).told).toContain('there is no evaluation in -');
    expect((await replayLines([held], '--plot', 'plot.svg')).told).toContain('there is no evaluation in -');
  });
});

describe('replay of a status', () => {
  const spec = { objectives: [AVAILABILITY] };
  const release = onCanary({ spec, status: { candidate: aKnownCandidate() } });
  const { status } = decide(
    release,
    withCanary({ counts: counted(totals(70, 10_000, 9, 90_000)) }),
    at('1m'),
  );
  const stored = { apiVersion: 'artifactrelease.dev/v1alpha1', kind: 'ArtifactRelease', ...release, status };

  it.each([
    ['YAML of one', stringify(stored)],
    ['JSON of several', JSON.stringify({ kind: 'List', items: [stored, onCanary()] })],
  ])('computes the current step again, from %s', async (_, text) => {
    const { exit, out } = await replay(text, '--status', '-');
    expect(exit).toBe(0);
    expect(out).toMatch(/shop\/checkout +availability +(\w+, \w+) +\1\n/);
  });

  it('finds a count that was changed', async () => {
    const { exit, out } = await replay(stringify(stored).replace('bad: 70', 'bad: 71'), '--status', '-');
    expect(exit).toBe(3);
    expect(out).toContain('analysis.burnRate is 0.7, and computed 0.71');
  });

  it('says what another policy would make of it', async () => {
    const { exit, out } = await replay(stringify(stored), '--status', '-', '--max-burn-rate', '0.1');
    expect(exit).toBe(0);
    expect(out).toContain('RollBack, ErrorBudgetBurn');
  });

  it.each([
    ['not YAML', '{', 'this is neither YAML nor JSON'],
    ['something else', 'kind: Pod', 'this is no release of this version'],
    ['at rest', stringify(onCanary()), 'has a status.analysis'],
  ])('fails when it is %s', async (_, text, problem) => {
    const { exit, told } = await replay(text, '--status', '-');
    expect(exit).toBe(1);
    expect(told).toContain(problem);
  });
});

describe('replay', () => {
  it.each([
    [[], 'either --log or --status'],
    [['--log', 'a', '--status', 'b'], 'either --log or --status'],
    [['--status', 'a', '--plot', 'b'], '--plot draws a log'],
    [['--log', 'a', '-o', 'xml'], '--output xml is not known'],
    [['--log', 'a', '--confidence', '1'], '--confidence 1: it is a number from 0.5 to below 1'],
    [['--log', 'a', '--target', 'x=101'], '--target x=101: it is a number above 0 and below 100'],
    [['--log', 'a', '--budget-limit', 'x'], '--budget-limit x: it is a number above 0, up to 100'],
  ])('is used wrongly with %j', async (args, problem) => {
    const { exit, told } = await runCli(['replay', ...args]);
    expect(exit).toBe(2);
    expect(told).toContain(problem);
  });

  it('knows which objectives there are', async () => {
    const { exit, told } = await replayLines(LOG, '--target', 'latency=99');
    expect([exit, told]).toEqual([2, 'there is no objective latency; there is availability\n']);
  });

  it.each([
    ['there is no such file', ['--log', '/nonexistent'], 'ENOENT'],
    ['it is a folder', ['--log', '/'], 'EISDIR'],
    ['the file of the status is not there', ['--status', '/nonexistent'], 'ENOENT'],
    ['the log has no evaluation', ['--log', '/dev/null'], 'there is no evaluation in /dev/null'],
  ])('fails when %s', async (_, args, problem) => {
    const { exit, told } = await runCli(['replay', ...args]);
    expect(exit).toBe(1);
    expect(told).toContain(problem);
  });

  it('fails when its drawing cannot be written', async () => {
    const { exit, told } = await replayLines(LOG, '--plot', '/nonexistent/plot.svg');
    expect(exit).toBe(1);
    expect(told).toContain('/nonexistent/plot.svg: ENOENT');
  });
});

describe('docs/replay.md', () => {
  it('shows a line that is understood', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/replay.md'), 'utf8');
    const [, line = ''] = /```json\n(.*)\n```/.exec(page) ?? [];
    const { out, told } = await replay(line);
    expect(told).toBe('');
    expect(out).toContain('step 2 at 25%: rolled back 2026-06-01T12:09:30Z, ErrorBudgetBurn of availability');
  });
});
