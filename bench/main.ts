import { parseArgs } from 'node:util';
import { endProgress, progressOnStderr } from '../test/cluster/progress.ts';
import { floor } from './floor.ts';
import { promotion } from './promotion.ts';
import { protect } from './protect.ts';
import { rollback } from './rollback.ts';
import { verify } from './verify.ts';

const HELP = `usage: npm run bench -- fleet [--releases N] [--bad | --floor]
       npm run bench -- verify [--releases N]
       npm run bench -- protect [--digests N]

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
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    releases: { type: 'string', default: '100' },
    digests: { type: 'string', default: '1000' },
    bad: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const measure = measurement();
const count = Number(positionals[0] === 'protect' ? values.digests : values.releases);

if (values.help) process.stdout.write(HELP);
else if (measure !== undefined && Number.isInteger(count) && count > 0) {
  const line = await measure(count, progressOnStderr()).finally(endProgress);
  process.stdout.write(`${JSON.stringify(line)}\n`);
} else {
  process.stderr.write(HELP);
  process.exitCode = 2;
}

function measurement() {
  if (positionals[0] === 'verify') return verify;
  if (positionals[0] === 'protect') return protect;
  if (positionals[0] !== 'fleet') return undefined;
  return values.floor ? floor : values.bad ? rollback : promotion;
}
