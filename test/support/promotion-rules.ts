import { isDeepStrictEqual } from 'node:util';
import type { ObjectiveAnalysis, Status } from '../../src/api/artifact-release-status.ts';
import { stepsOf } from '../../src/domain/schedule/steps.ts';
import { keepsObjective } from '../../src/domain/service-burn.ts';
import { after } from '../../src/domain/time.ts';
import { insist } from './broken-rule.ts';
import { decisionOf } from './pass-decision.ts';
import { digestsIn } from './simulated-cluster.ts';
import type { Pass } from './surroundings.ts';
import { advance, byPerson, trialOf } from './trial-progress.ts';
import type { Watcher } from './watcher.ts';

/** ln 100 at a target of 99 %: with fewer requests than that nothing is certain. */
const REQUESTS_TO_PROVE = 460;

/** A step may be left early by one that asks for that, after its shortest time, and once this step alone is proof. */
function endsProven({ release, now }: Pass, before: Status | undefined, status: Status): boolean {
  const { candidate } = before ?? {};
  const step = stepsOf(release.spec, candidate)[candidate?.step ?? 0];
  const proofs = (status.analysis ?? []).map(({ steps }) => steps.at(-1));
  return (
    release.spec.canary.advance === 'WhenProven' &&
    !step?.approval &&
    now >= after(candidate?.stepStartedAt ?? '', step?.minDuration ?? '1m') &&
    proofs.length > 0 &&
    proofs.every((counts) => counts && counts.bad === 0 && counts.total >= REQUESTS_TO_PROVE)
  );
}

/** What hit stable too is no verdict on the candidate, once the service keeps its objectives again. */
const isOver = ({ release, seen }: Pass, { reason }: ObjectiveAnalysis): boolean => {
  const services = [...(seen.serviceBurn?.services.values() ?? [])];
  const calm = services.length > 0 && services.every(keepsObjective);
  return reason === 'ServiceBurning' && (release.spec.fix || calm);
};

/** Every step of the spec was left by its own end before a workload gets the candidate. */
export const stableUntouched = (): Watcher => ({
  stored(pass, before, status) {
    const { candidate } = status;
    if (candidate && (!before?.candidate || trialOf(before.candidate) !== trialOf(candidate))) {
      const clock = candidate.stepStartedAt ?? pass.now.toISOString();
      const fresh = candidate.step === 0 && clock === pass.now.toISOString();
      insist(fresh || byPerson(pass, 'PromotedByRequest'), 'a trial begins in the middle', candidate);
    }
    const kind = advance(before, status);
    if (kind === undefined || byPerson(pass, 'PromotedByRequest')) return;
    const left = before?.candidate?.step ?? 0;
    const steps = stepsOf(pass.release.spec, before?.candidate);
    const end = after(before?.candidate?.stepStartedAt ?? '', steps[left]?.duration ?? '0s');
    const approved = byPerson(pass, 'Approved') || before?.candidate?.approvedStep === left;
    insist(before?.candidate?.stepStartedAt !== undefined, 'leaves a step whose clock never ran');
    const waived = approved && before?.hold !== undefined;
    insist(pass.now >= end || waived || endsProven(pass, before, status), 'leaves a step before its end');
    if (kind === 'step') insist(status.candidate?.step === left + 1, 'skips a step');
    else insist(left >= steps.length - 1, 'promotes before the last step', left);
    if (steps[left]?.approval) insist(approved, 'leaves a step without the approval that it asks for');
    const against = (status.analysis ?? []).filter(
      (record) => record.verdict !== 'Pass' && !isOver(pass, record),
    );
    insist(approved || against.length === 0, 'leaves a step on another verdict', against);
  },
  wrote(_, effect, world) {
    if (effect.kind !== 'PinWorkload') return;
    const { candidate, phase, stable } = world.status ?? {};
    for (const { image } of effect.images) {
      if (candidate === undefined || candidate.digest === stable?.digest) continue;
      if (!image.endsWith(candidate.digest)) continue;
      insist(candidate.weight === 100 || phase === 'Promoting', `pins the candidate in ${phase}`);
    }
  },
});

/** The digest on the canary while it was measured, the one that is pinned, and the one in status are the same. */
export const promotedAsAnalysed = (): Watcher => {
  const measured = new Set<string>();
  return {
    observed(pass) {
      const { release, seen } = pass;
      const before = release.status?.candidate?.stepStartedAt;
      const { candidate, failure } = decisionOf(pass).status;
      if (!candidate || failure || candidate.weight === 100 || candidate.stepStartedAt === before) return;
      if (candidate.stepStartedAt === undefined) return;
      const pods = seen.targets.reduce((sum, { canary }) => sum + (canary?.replicas ?? 0), 0);
      insist(pods > 0, 'a clock starts without a pod', candidate.replicas);
      for (const { name, canary } of seen.targets) {
        const runs = digestsIn(canary?.containers ?? []);
        insist(
          isDeepStrictEqual(runs, [candidate.digest]),
          `clock of ${name} starts on another digest`,
          runs,
        );
      }
      measured.add(candidate.digest);
    },
    stored(pass, before, status) {
      if (advance(before, status) !== 'promotion') return;
      const pinned = new Set(
        (status.pins ?? []).flatMap(({ image }) => digestsIn([{ name: '', image, init: false }])),
      );
      insist(isDeepStrictEqual([...pinned], [status.candidate?.digest]), 'pins another digest', [...pinned]);
      if (byPerson(pass, 'PromotedByRequest')) return;
      insist(measured.has(status.candidate?.digest ?? ''), 'promotes what was not measured');
      insist(status.candidate?.digest === before?.candidate?.digest, 'changes the digest on the way');
    },
    wrote(_, effect, world) {
      if (effect.kind !== 'PinWorkload') return;
      const pins = world.status?.pins ?? [];
      for (const { container, image } of effect.images) {
        const stored = pins.find((pin) => pin.name === effect.name && pin.container === container);
        insist(stored?.image === image, 'pins what is not in status', { image, stored });
      }
    },
  };
};

const BY_MEASURE = ['ErrorBudgetBurn', 'BudgetLimitExceeded'];

/** What is not known neither promotes nor rolls back. */
export const unknownDecidesNothing = (): Watcher => ({
  stored(pass, before, status) {
    const { seen, release } = pass;
    const objectives = release.spec.objectives ?? [];
    const from = before?.candidate?.stepStartedAt;
    const readings = seen.counts?.from === from ? seen.counts?.totals : undefined;
    const known = objectives.every(({ name }) => readings?.get(name)?.known === true);
    if (known || objectives.length === 0) return;
    const person = byPerson(pass, 'Approved', 'PromotedByRequest', 'RollbackRequested', 'Aborted');
    insist(advance(before, status) === undefined || person, 'unknown advances', status.message);
    if (status.failure && !before?.failure) {
      insist(!BY_MEASURE.includes(status.failure.reason), 'unknown rolls back', status.failure);
    }
    const entry = status.history?.[0];
    const promoted =
      entry?.verdict === 'Promoted' && !isDeepStrictEqual(entry, before?.history?.[0]) && entry.reason;
    const bakes = after('1970-01-01T00:00:00Z', release.spec.bake.duration).getTime() > 0;
    const approved = before?.candidate?.approvedStep === stepsOf(release.spec, before?.candidate).length;
    if (promoted === 'Promoted' && bakes && !approved && !person) {
      insist(false, 'unknown ends the bake', status.message);
    }
  },
});

/** A weight only rises while a trial goes on, and stays at 0 once it is left; a step's clock is never set back. */
export const weightsNeverJump = (): Watcher => ({
  stored({ release }, before, status) {
    const [old, now] = [before?.candidate, status.candidate];
    if (!old || !now || trialOf(old) !== trialOf(now)) return;
    // A person may give the steps other weights while one of them is in force.
    const given = stepsOf(release.spec, now).map((step) => step.weight);
    const edited = old.weight > 0 && old.weight < 100 && given[old.step] !== old.weight;
    if (status.failure) insist(now.weight === 0, 'a weight is left in a roll-back', now);
    if (status.failure) return;
    insist(now.weight >= old.weight || edited, 'a weight goes back', { old, now });
    insist(now.step >= old.step, 'a step is repeated', { old, now });
    const sameStage = now.step === old.step && now.weight === old.weight && before?.phase === status.phase;
    const clocks = old.stepStartedAt !== undefined && now.stepStartedAt !== undefined;
    if (sameStage && clocks) insist(now.stepStartedAt === old.stepStartedAt, 'a clock is set anew');
  },
});
