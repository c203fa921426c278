import { insist } from './broken-rule.ts';
import { decisionOf } from './pass-decision.ts';
import { digestsIn } from './simulated-cluster.ts';
import { advance, byPerson, trialOf } from './trial-progress.ts';
import type { Watcher } from './watcher.ts';

/** Digests that ran before we came, or that were promoted, by release. */
export const onlyVerifiedRuns = (): Watcher => {
  const admitted = new Set<string>();
  const started = new Set<string>();
  const proven = new Set<string>();
  return {
    stored(pass, before, status) {
      const { candidate, stable } = status;
      for (const entry of status.history ?? []) {
        if (entry.verdict === 'Adopted' || entry.verdict === 'Promoted') proven.add(entry.digest);
      }
      insist(stable === undefined || proven.has(stable.digest), 'stable was never proven', stable);
      const starts =
        candidate && !['Verifying', 'Blocked', 'RollingBack', 'Suspended'].includes(status.phase);
      if (!starts) return;
      const check = pass.seen.verification.get(candidate.digest)?.state;
      const begins = !admitted.has(trialOf(candidate)) || advance(before, status) !== undefined;
      if (begins && status.failure === undefined) {
        insist(check === 'Satisfied', `goes on to ${status.phase} although ${check}`, candidate);
      }
      admitted.add(trialOf(candidate));
      started.add(candidate.digest);
    },
    observed(pass) {
      const { candidate, failure, phase, suspended } = decisionOf(pass).status;
      if (!candidate || failure || suspended !== undefined || phase === 'Blocked') return;
      const check = pass.seen.verification.get(candidate.digest)?.state;
      insist(check !== 'Refused', `a refused digest stays in ${phase}`, candidate.digest);
    },
    wrote({ seen }, effect, world) {
      if (effect.kind !== 'ApplyCanary' && effect.kind !== 'PinWorkload') return;
      const { candidate, stable, failure } = world.status ?? {};
      const digests = effect.images.flatMap(({ image }) => digestsIn([{ name: '', image, init: false }]));
      for (const digest of digests) {
        const state = seen.verification.get(digest)?.state;
        if (effect.kind === 'PinWorkload' && digest === stable?.digest) continue;
        // What ran and was written over by somebody else is put back, also where its trial is over or its proof is gone.
        if (effect.kind === 'PinWorkload' && effect.drift && started.has(digest)) continue;
        insist(state !== 'Refused', `${effect.kind} starts a refused digest`, digest);
        insist(candidate?.digest === digest || failure !== undefined, 'starts what is not on trial', digest);
        insist(admitted.has(candidate ? trialOf(candidate) : ''), 'starts before verification', digest);
      }
    },
  };
};

/** However often Git applies it again, only a person brings a digest back that was rolled back. */
export const staysRefused = (): Watcher => ({
  stored(pass, before, status) {
    const { candidate } = status;
    if (!candidate || (before?.candidate && trialOf(before.candidate) === trialOf(candidate))) return;
    const last = before?.history?.find((entry) => entry.digest === candidate.digest)?.verdict;
    const refused = last === 'RolledBack' || last === 'Aborted';
    insist(!refused || byPerson(pass, 'Retried'), 'tries a refused digest again', candidate);
  },
});
