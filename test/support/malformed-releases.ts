import { digestOf, objective } from './release-manifest.ts';

/** One wrong field, and what the refusal has to say about it. */
export interface Malformed {
  readonly what: string;
  readonly path: string;
  readonly value: unknown;
  readonly refusal: string;
}

const row = (what: string, path: string, value: unknown, refusal: string): Malformed => ({
  what,
  path,
  value,
  refusal,
});

const steps = (...weights: readonly number[]) => weights.map((weight) => ({ weight, duration: '1m' }));
const patch = (fields: object) => [{ op: 'add', path: '/metadata/labels/a', value: 'b', ...fields }];

const ratio = (fields: object) =>
  objective({ ratioMetric: { bad: { query: 'x' }, total: { query: 'y' }, ...fields } });
const measure = (fields: object) => objective({ ratioMetric: undefined, ...fields });
const latency = (fields: object) =>
  measure({ latencyMetric: { histogram: 'http_seconds', threshold: '300ms', ...fields } });
const threshold = (fields: object) =>
  measure({ thresholdMetric: { query: 'queue_length', value: '100', ...fields } });
const reference = (fields: object, kind = 'ConfigMap') =>
  measure({ target: undefined, objectiveRef: { kind, name: 'slo' }, ...fields });

const artifact = [
  row('no artifact', 'spec.artifact', undefined, 'spec.artifact: Required value'),
  row('no digest', 'spec.artifact.digest', undefined, 'spec.artifact.digest: Required value'),
  row('a tag as digest', 'spec.artifact.digest', 'latest', 'spec.artifact.digest'),
  row('a short digest', 'spec.artifact.digest', `sha256:${'a'.repeat(63)}`, 'spec.artifact.digest'),
  row('an upper-case digest', 'spec.artifact.digest', digestOf('A'), 'spec.artifact.digest'),
  row('sha512 with 64 digits', 'spec.artifact.digest', `sha512:${'a'.repeat(64)}`, 'spec.artifact.digest'),
  row('md5', 'spec.artifact.digest', `md5:${'a'.repeat(32)}`, 'spec.artifact.digest'),
  row('a line after the digest', 'spec.artifact.digest', `${digestOf('a')}\n`, 'spec.artifact.digest'),
  row('a tag in the repository', 'spec.artifact.repository', 'example.com/shop:v1', 'must not carry a tag'),
  row(
    'a digest in the repository',
    'spec.artifact.repository',
    `example.com/a@${digestOf('a')}`,
    'repository',
  ),
  row('no registry host', 'spec.artifact.repository', 'shop/checkout', 'spec.artifact.repository'),
  row('a host alone', 'spec.artifact.repository', 'registry.example.com', 'spec.artifact.repository'),
  row('a scheme', 'spec.artifact.repository', 'https://example.com/shop', 'spec.artifact.repository'),
  row('an endless version', 'spec.artifact.version', '1'.repeat(65), 'spec.artifact.version: Too long'),
];

const targets = [
  row('no targets', 'spec.targets', undefined, 'spec.targets: Required value'),
  row('an empty list of targets', 'spec.targets', [], 'spec.targets in body should have at least 1 items'),
  row(
    '17 targets',
    'spec.targets',
    Array.from({ length: 17 }, (_, index) => ({ kind: 'Deployment', name: `app-${index}` })),
    'spec.targets: Too many: 17',
  ),
  row('a StatefulSet', 'spec.targets.0.kind', 'StatefulSet', 'spec.targets[0].kind: Unsupported value'),
  row('an upper-case target', 'spec.targets.0.name', 'Checkout', 'spec.targets[0].name'),
  row(
    'a target twice',
    'spec.targets.1',
    { kind: 'Deployment', name: 'checkout', containers: ['app'] },
    'spec.targets[1]: Duplicate value',
  ),
  row('a container twice', 'spec.targets.0.containers', ['app', 'app'], 'spec.targets[0].containers[1]'),
  row('no containers', 'spec.targets.0.containers', [], 'spec.targets[0].containers'),
];

const canary = [
  row('no steps', 'spec.canary.steps', [], 'spec.canary.steps'),
  row('falling weights', 'spec.canary.steps', steps(10, 5), 'weights must be strictly rising'),
  row('a weight twice', 'spec.canary.steps', steps(5, 10, 10), 'spec.canary.steps: Invalid value'),
  row('weight 0', 'spec.canary.steps', steps(0), 'spec.canary.steps[0].weight'),
  row('weight 51', 'spec.canary.steps', steps(51), 'spec.canary.steps[0].weight'),
  row('half a percent', 'spec.canary.steps', steps(0.5), 'spec.canary.steps[0].weight'),
  row(
    '11 steps',
    'spec.canary.steps',
    steps(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    'spec.canary.steps: Too many',
  ),
  row('a step that never ends', 'spec.canary.steps', [{ weight: 5 }], 'needs a duration, or approval: true'),
  row(
    'a step without approval',
    'spec.canary.steps',
    [{ weight: 5, approval: false }],
    'spec.canary.steps[0]',
  ),
  row(
    'a step of 0s',
    'spec.canary.steps',
    [{ weight: 5, duration: '0s' }],
    'duration must be longer than 0s',
  ),
  row('days', 'spec.canary.steps', [{ weight: 5, duration: '1d' }], 'spec.canary.steps[0].duration'),
  row('a fraction', 'spec.canary.steps', [{ weight: 5, duration: '1.5h' }], 'spec.canary.steps[0].duration'),
  row('no time to progress', 'spec.canary.progressDeadline', '0m', 'spec.canary.progressDeadline'),
  row('an unknown operation', 'spec.canary.patches', patch({ op: 'merge' }), 'spec.canary.patches[0].op'),
  row('a path without slash', 'spec.canary.patches', patch({ path: 'spec' }), 'spec.canary.patches[0].path'),
  row('a move from nowhere', 'spec.canary.patches', patch({ op: 'move' }), 'move and copy need from'),
];

const analysis = [
  row('target 100', 'spec.objectives', [objective({ target: '100' })], 'spec.objectives[0].target'),
  row('target 0', 'spec.objectives', [objective({ target: '0.0' })], 'target must be above 0 and below 100'),
  row('a number as target', 'spec.objectives', [objective({ target: 99.9 })], 'spec.objectives[0].target'),
  row('a target in percent', 'spec.objectives', [objective({ target: '99%' })], 'spec.objectives[0].target'),
  row('an objective twice', 'spec.objectives', [objective(), objective()], 'spec.objectives[1]: Duplicate'),
  row(
    'no total',
    'spec.objectives',
    [objective({ ratioMetric: { bad: { query: 'x' } } })],
    'ratioMetric.total',
  ),
  row(
    'nothing to measure',
    'spec.objectives',
    [objective({ ratioMetric: undefined })],
    'give exactly one of',
  ),
  row('two measures', 'spec.objectives', [objective({ preset: { name: 'istio' } })], 'give exactly one of'),
  row('no target', 'spec.objectives', [objective({ target: undefined })], 'give a target'),
  row('bad and good', 'spec.objectives', [ratio({ good: { query: 'x' } })], 'give either bad or good'),
  row('neither bad nor good', 'spec.objectives', [ratio({ bad: undefined })], 'give either bad or good'),
  row('a target beside a reference', 'spec.objectives', [reference({ target: '99' })], 'leave it out'),
  row('a reference to a Pod', 'spec.objectives', [reference({}, 'Pod')], 'objectiveRef.kind'),
  row('an unknown preset', 'spec.objectives', [measure({ preset: { name: 'apache' } })], 'preset.name'),
  row('a latency in minutes', 'spec.objectives', [latency({ threshold: '5m' })], 'latencyMetric.threshold'),
  row(
    'a selector in braces',
    'spec.objectives',
    [latency({ selector: '{a="b"}' })],
    'latencyMetric.selector',
  ),
  row(
    'a histogram with labels',
    'spec.objectives',
    [latency({ histogram: 'h{a="b"}' })],
    'latencyMetric.histogram',
  ),
  row('an unknown comparison', 'spec.objectives', [threshold({ op: 'eq' })], 'thresholdMetric.op'),
  row('a number as a bound', 'spec.objectives', [threshold({ value: 5 })], 'thresholdMetric.value'),
  row('an unknown schedule', 'spec.canary.schedule', 'Fast', 'spec.canary.schedule'),
  row('an unknown advance', 'spec.canary.advance', 'Soon', 'spec.canary.advance'),
  row(
    'no shortest time',
    'spec.canary.steps',
    [{ weight: 5, duration: '1m', minDuration: '0s' }],
    'minDuration must be longer than 0s',
  ),
  row('an unknown policy for the service', 'spec.analysis.serviceBurn', 'Panic', 'spec.analysis.serviceBurn'),
  row('an unknown policy for a spent budget', 'spec.analysis.exhaustedBudget', 'Wait', 'exhaustedBudget'),
  row('a fix that is a word', 'spec.fix', 'yes', 'spec.fix'),
  row('a window of months', 'spec.objectives', [objective({ timeWindow: '1M' })], 'objectives[0].timeWindow'),
  row(
    'six objectives',
    'spec.objectives',
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => objective({ name })),
    'spec.objectives: Too many: 6',
  ),
  row('confidence 1', 'spec.analysis.confidence', '1', 'confidence must be at least 0.5 and below 1'),
  row('confidence 0.49', 'spec.analysis.confidence', '0.49', 'spec.analysis.confidence'),
  row('an interval of 0s', 'spec.analysis.interval', '0s', 'interval must be at least 1s'),
  row('no burn at all', 'spec.analysis.maxBurnRate', '0', 'spec.analysis.maxBurnRate'),
  row('a negative burn rate', 'spec.analysis.maxBurnRate', '-1', 'spec.analysis.maxBurnRate'),
  row('more than the budget', 'spec.analysis.budgetLimit', '100.1', 'spec.analysis.budgetLimit'),
  row('no time to hold', 'spec.analysis.maxHold', '0h0m0s', 'spec.analysis.maxHold'),
  row('an unknown end of a hold', 'spec.analysis.onHoldExpired', 'Promote', 'spec.analysis.onHoldExpired'),
];

const rest = [
  row('an unknown protection', 'spec.protection.mode', 'Lock', 'spec.protection.mode: Unsupported value'),
  row('11 candidates', 'spec.protection.rollbackCandidates', 11, 'spec.protection.rollbackCandidates'),
  row('an empty duration', 'spec.bake.duration', '', 'spec.bake.duration'),
  row('text for a switch', 'spec.suspend', 'yes', 'spec.suspend'),
  row('no spec', 'spec', undefined, 'spec: Required value'),
];

export const malformedReleases: readonly Malformed[] = [
  ...artifact,
  ...targets,
  ...canary,
  ...analysis,
  ...rest,
];
