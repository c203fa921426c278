import { type Command, parseFlags, usageError } from './command.ts';
import { POLICY_FLAGS, POLICY_HELP, policyChange } from './policy-flags.ts';
import { replayLogs } from './replay-logs.ts';
import { replayStatuses } from './replay-statuses.ts';

const NAME = 'replay';

const HELP = `Usage: kubectl artifactrelease replay (--log FILE... | --status FILE) [flags]

Makes past decisions and answers about objectives again from what they were made from, and compares them bit for bit.
With another policy, says what would have become of each release, as far as its counts tell.

Flags:
  --log <file>           log of the operator, - for standard input; repeat it for several; other lines are skipped
  --status <file>        releases as kubectl get -o yaml or -o json prints them, - for standard input
  --release <ns>/<name>  only of this one
  --output, -o <form>    table or json (default: table)
  --plot <file>          draws what the log tells as SVG, by the policy that is asked for
  --help, -h             this text

${POLICY_HELP}

Exit codes:
  0  every decision and answer is the one that was logged, or another policy was tried
  1  there is nothing to compute, or a file cannot be read or written
  2  wrong usage
  3  a decision or an answer is another one, or a line is not understood
`;

export const replayCommand: Command = {
  name: NAME,
  summary: 'compute past decisions again, or by another policy',
  help: HELP,
  async run(args, world) {
    const {
      log = [],
      output = 'table',
      plot,
      release,
      status,
      ...policy
    } = parseFlags(NAME, args, {
      log: { type: 'string', multiple: true },
      status: { type: 'string' },
      release: { type: 'string' },
      output: { type: 'string', short: 'o' },
      plot: { type: 'string' },
      ...POLICY_FLAGS,
    });
    if (output !== 'table' && output !== 'json')
      throw usageError(NAME, `--output ${output} is not known; it is table or json`);
    if (log.length > 0 === (status !== undefined))
      throw usageError(NAME, 'it takes either --log or --status');
    if (plot !== undefined && status !== undefined)
      throw usageError(NAME, '--plot draws a log: a status holds the last counts alone');
    const wish = { change: policyChange(NAME, policy), release, json: output === 'json' };
    return status === undefined
      ? replayLogs(log, { ...wish, ...(plot !== undefined && { plot }) }, world)
      : replayStatuses(status, wish, world);
  },
};
