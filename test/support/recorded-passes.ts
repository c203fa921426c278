import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { VerificationRecord } from '../../src/api/verification-status.ts';
import { RecordedLine } from '../../src/cli/recorded-line.ts';
import type { Proof } from '../../src/domain/observation.ts';
import type { RecordedPass } from '../../src/domain/replay/record.ts';
import { replayPass, statusAfter } from '../../src/domain/replay/replay-pass.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { insist } from './broken-rule.ts';
import { World } from './simulated-world.ts';
import type { Watcher } from './watcher.ts';

/** The recorded passes of an operator, read from the very text that it logs. */
export class RecordedPasses implements Watcher {
  readonly all: RecordedPass[] = [];
  readonly #logger = createLogger('info', {
    write: (line) => this.all.push(RecordedLine.parse(JSON.parse(line))),
  });

  logged(fields: object, message: string): void {
    if (message === 'recorded') this.#logger.info(fields, message);
  }
}

/** What nobody may store without that the log tells from what it was decided. */
const decided = (status: Status | undefined): unknown => [
  status?.phase,
  status?.stable?.digest,
  status?.pins,
  status?.candidate?.digest,
  status?.candidate?.attempt,
  status?.candidate?.step,
  status?.candidate?.weight,
  status?.candidate?.approvedStep,
  status?.hold?.reason,
  status?.failure,
  status?.analysis?.map(({ objective, verdict }) => [objective, verdict]),
];

export const everyDecisionIsRecorded = (): Watcher => {
  const passes = new RecordedPasses();
  return {
    logged: (fields, message) => passes.logged(fields, message),
    stored({ now }, before, after) {
      if (isDeepStrictEqual(decided(before), decided(after))) return;
      const last = passes.all.at(-1);
      insist(last?.now.getTime() === now.getTime(), 'it is stored and not recorded', decided(after));
      const stored = JSON.parse(JSON.stringify(after));
      insist(isDeepStrictEqual(last && statusAfter(last), stored), 'another status is recorded', stored);
    },
  };
};

export const everyRecordIsDecidedAgain = (): Watcher => {
  const passes = new RecordedPasses();
  return {
    logged(fields, message) {
      const known = passes.all.length;
      passes.logged(fields, message);
      for (const { differences } of passes.all.slice(known).map(replayPass))
        insist(differences.length === 0, 'another decision is made from what is recorded', differences);
    },
  };
};

/** A world that has all that is left out of a record: demands of proof, how it is proven, and annotations of others. */
export class TalkativeWorld extends World {
  constructor(...[watchers, options]: ConstructorParameters<typeof World>) {
    super(watchers, {
      ...options,
      spec: { ...options?.spec, verification: { authorities: [{ name: 'ci', key: { data: 'PEM' } }] } },
    });
    this.cluster.editRelease('checkout', (release) => ({
      ...release,
      metadata: { ...release.metadata, annotations: { 'example.com/note': 'not ours' } },
    }));
  }

  override verify(digest: string): Proof {
    const proof = super.verify(digest);
    return proof.pending ? proof : { ...proof, record: recordAbout(digest, proof) };
  }
}

const recordAbout = (digest: string, { reason, state }: Proof): VerificationRecord => ({
  ...{ digest, reason, policyHash: 'abc', signatures: [], attestations: [] },
  state: state === 'Satisfied' ? 'Verified' : 'Failed',
  warnings: [`about ${digest}`],
});
