import { parseArgs } from 'node:util';
import { endProgress, type OnProgress, progressOnStderr } from '../test/cluster/progress.ts';
import { decisions } from './decisions/main.ts';
import { floor } from './floor.ts';
import { promotion } from './promotion.ts';
import { protect } from './protect.ts';
import { rollback } from './rollback.ts';
import { verify } from './verify.ts';

const HELP = `usage: npm run bench -- fleet [--releases N] [--bad | --floor]
       npm run bench -- verify [--releases N]
       npm run bench -- protect [--digests N]
       npm run bench -- decisions [--releases N] [--world NAME] [--plot FILE] [--summary]

  fleet        N Deployments (100 by default) of 2 replicas on kwok nodes, one new digest each at the same moment, three
               steps of 10 s; prints one JSON line: time to promotion, CPU and requests of the operator for a release,
               and of the operator at rest
  fleet --bad  the same fleet in mid-step when every canary begins to fail; prints one JSON line: seconds from the first
               failing sample in Prometheus to the decision and to canary weight 0
  fleet --floor  the same rollouts by a script without any operator: what the cluster itself takes on this machine
  verify       prints one JSON line: milliseconds of CPU to check a bundle by key and by certificate; requests to the
               registry for an image with 6 bundles, first and again; delay of the event loop while N images are
               verified at once; seconds from a revocation until none of N workloads runs the digest
  protect      prints one JSON line: requests to a real registry to protect an index with everything attached to it, first
               and when nothing has changed; seconds to protect N digests (1,000 by default) in repositories of 10, without
               the minute until they are read back, and to look after them once an operator has been started again
  decisions    simulates N releases (10,000 by default) of known quality in each of 108 worlds, or in those with NAME in
               their name, and has them judged by this project's rule and by others on the same counts; prints one JSON
               line: good releases rolled back (upper 95 % bound of the worst world), releases at 14.4 times the budget that
               were missed, bad requests they cost relative to a test that knows the truth, and the shares of every rule in
               every world; draws FILE (bench/decisions.svg by default); --summary lists the worst worlds on stderr
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    releases: { type: 'string' },
    digests: { type: 'string', default: '1000' },
    world: { type: 'string', default: '' },
    plot: { type: 'string', default: 'bench/decisions.svg' },
    summary: { type: 'boolean', default: false },
    bad: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const measure = measurement();
const count = Number(positionals[0] === 'protect' ? values.digests : (values.releases ?? defaultReleases()));

if (values.help) process.stdout.write(HELP);
else if (measure !== undefined && Number.isInteger(count) && count > 0) {
  const line = await measure(count, progressOnStderr()).finally(endProgress);
  process.stdout.write(`${JSON.stringify(line)}\n`);
} else {
  process.stderr.write(HELP);
  process.exitCode = 2;
}

function defaultReleases(): number {
  return positionals[0] === 'decisions' ? 10_000 : 100;
}

function measurement() {
  if (positionals[0] === 'verify') return verify;
  if (positionals[0] === 'protect') return protect;
  if (positionals[0] === 'decisions')
    return (releases: number, progress: OnProgress) => decisions({ ...values, releases }, progress);
  if (positionals[0] !== 'fleet') return undefined;
  return values.floor ? floor : values.bad ? rollback : promotion;
}
