import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { type RecordedPass, RecordedLine } from '../../src/domain/replay/record.ts';
import { replayPass } from '../../src/domain/replay/replay-pass.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { insist } from './broken-rule.ts';
import type { Watcher } from './simulated-world.ts';

/** The recorded passes of an operator, read from the very text that it logs. */
export class RecordedPasses implements Watcher {
  readonly all: RecordedPass[] = [];
  readonly sizes: number[] = [];
  readonly #logger = createLogger('info', {
    write: (line) => {
      this.sizes.push(Buffer.byteLength(line));
      this.all.push(RecordedLine.parse(JSON.parse(line)));
    },
  });

  logged(fields: object, message: string): void {
    if (message === 'recorded') this.#logger.info(fields, message);
  }
}

/** What nobody may store without that the log tells from what it was decided. */
const decided = (status: Status | undefined): unknown => [
  status?.phase,
  status?.candidate?.digest,
  status?.candidate?.attempt,
  status?.candidate?.step,
  status?.candidate?.weight,
  status?.candidate?.approvedStep,
  status?.hold?.reason,
  status?.failure,
  status?.stable?.digest,
  status?.pins,
  status?.analysis?.map(({ verdict }) => verdict),
];

export const everyDecisionIsRecorded = (): Watcher => {
  const passes = new RecordedPasses();
  return {
    logged: (fields, message) => passes.logged(fields, message),
    stored({ now, seen }, before, status) {
      if (isDeepStrictEqual(decided(before), decided(status))) return;
      const last = passes.all.at(-1);
      insist(last?.now.getTime() === now.getTime(), 'it is stored and not recorded', decided(status));
      insist(isDeepStrictEqual(last?.outcome.status, asText(status)), 'another status is recorded', status);
      insist(isDeepStrictEqual(last?.seen, seen), 'something else was seen than is recorded');
    },
  };
};

export const everyRecordIsDecidedAgain = (): Watcher => {
  const passes = new RecordedPasses();
  return {
    logged(fields, message) {
      const known = passes.all.length;
      passes.logged(fields, message);
      for (const pass of passes.all.slice(known)) {
        const { differences } = replayPass(pass);
        insist(differences.length === 0, 'another decision is made from what is recorded', differences);
      }
    },
  };
};

const asText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
