import { parseArgs } from 'node:util';
import { fleet } from './fleet.ts';

const HELP = `usage: npm run bench -- fleet [--releases N]

  fleet   N Deployments of 2 replicas on kwok nodes, one new digest each at the same moment, three steps of 10 s;
          prints one JSON line: time to promotion, CPU and requests of the operator for a release, and at rest
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { releases: { type: 'string', default: '100' }, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(HELP);
else if (positionals[0] === 'fleet')
  process.stdout.write(`${JSON.stringify(await fleet(Number(values.releases)))}\n`);
else {
  process.stderr.write(HELP);
  process.exitCode = 2;
}
