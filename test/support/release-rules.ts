import { isDeepStrictEqual } from 'node:util';
import type { Candidate, ObjectiveAnalysis, Status } from '../../src/api/artifact-release-status.ts';
import { decide } from '../../src/domain/decide.ts';
import { stepsOf } from '../../src/domain/schedule/steps.ts';
import { burningService, keepsObjective } from '../../src/domain/service-burn.ts';
import { isSameNews } from '../../src/domain/status-news.ts';
import { after } from '../../src/domain/time.ts';
import { canaryName } from '../../src/domain/workload.ts';
import { insist } from './broken-rule.ts';
import { complaints } from './conditions-check.ts';
import { decisionOf } from './pass-decision.ts';
import { REPOSITORY } from './releases.ts';
import { digestsIn } from './simulated-cluster.ts';
import type { Pass } from './simulated-operator.ts';
import type { Watcher, World } from './simulated-world.ts';

const trialOf = ({ digest, attempt }: Candidate): string => `${digest} ${attempt}`;
const noticesOf = (pass: Pass): readonly string[] => decisionOf(pass).notices.map((notice) => notice.reason);

/** A trial that goes on in another step than before, or in its promotion. */
function advance(before: Status | undefined, status: Status): 'step' | 'promotion' | undefined {
  const [old, now] = [before?.candidate, status.candidate];
  if (!old || !now || trialOf(old) !== trialOf(now)) return undefined;
  if (before?.suspended !== undefined || status.suspended !== undefined) return undefined;
  if (status.phase === 'Promoting' && before?.phase !== 'Promoting') return 'promotion';
  return now.step > old.step ? 'step' : undefined;
}

const byPerson = (pass: Pass, ...reasons: readonly string[]): boolean =>
  noticesOf(pass).some((reason) => reasons.includes(reason));

/** Digests that ran before we came, or that were promoted, by release. */
export const onlyVerifiedRuns = (): Watcher => {
  const admitted = new Set<string>();
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
        insist(state !== 'Refused', `${effect.kind} starts a refused digest`, digest);
        insist(candidate?.digest === digest || failure !== undefined, 'starts what is not on trial', digest);
        insist(admitted.has(candidate ? trialOf(candidate) : ''), 'starts before verification', digest);
      }
    },
  };
};

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

/** What hit stable too is no verdict on the candidate, once the service keeps its objectives again. */
const isOver = ({ release, seen }: Pass, { reason }: ObjectiveAnalysis): boolean => {
  const services = [...(seen.serviceBurn?.services.values() ?? [])];
  const calm = services.length > 0 && services.every(keepsObjective);
  return reason === 'ServiceBurning' && (release.spec.fix || calm);
};

/** A burning service is counted, and is heeded only by whom it is asked to: no canary begins, and nothing else is lost. */
export const burningIsCounted = (): Watcher => ({
  stored(pass, before, status) {
    const { spec } = pass.release;
    // A speed that is barely too high and rests on few requests is none: that is told by more than the speed.
    const services = pass.seen.serviceBurn?.services ?? new Map();
    const burns = burningService(services, Number(spec.analysis.confidence)) !== undefined;
    const heeded = spec.analysis.serviceBurn !== 'Ignore' && !spec.fix;
    insist(heeded || pass.seen.serviceBurn === undefined, 'asks what nobody heeds');
    const begins = byPerson(pass, 'ReleaseStarted');
    insist(!begins || !burns, 'begins while stable burns', status.message);
    if (status.failure?.reason !== 'ServiceBurning' || before?.failure) return;
    insist(burns && spec.analysis.serviceBurn === 'Rollback', 'rolls back without a burn', status.failure);
  },
});

/**
 * Nothing begins on a budget that is spent, nor without having asked, unless it is to mend that or does not heed it;
 * and who waits for that goes on within ten minutes of its return.
 */
export const budgetIsKept = (): Watcher => ({
  stored(pass, _, status, world) {
    const { release, seen, now } = pass;
    const { spec, metadata } = release;
    const spends = spec.objectives?.some(({ thresholdMetric }) => !thresholdMetric) ?? false;
    const heeded = spends && spec.analysis.exhaustedBudget !== 'Ignore' && !spec.fix;
    insist(heeded || seen.serviceBudgets === undefined, 'asks what nobody heeds');
    const age = now.getTime() - Date.parse(metadata.creationTimestamp);
    const asked = new Date(now.getTime() - (age % TEN_MINUTES));
    const waits = status.conditions.some(({ reason }) => reason === 'BudgetExhausted');
    if (byPerson(pass, 'ReleaseStarted') && heeded) {
      insist(seen.serviceBudgets !== undefined, 'begins without having asked');
      insist(world.budgetAt(asked) !== 'spent', 'begins on a budget that is spent', status.message);
    }
    const pending = [...seen.verification.values(), ...seen.protection.values()].some((c) => c.pending);
    if (waits && status.phase === 'Blocked' && !pending)
      insist(heeded && world.budgetAt(asked) === 'spent', 'waits for a budget that is there', status.message);
  },
});
const TEN_MINUTES = 600_000;

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

/** The spec may have lost a target whose canary still stands. */
const ours = (pass: Pass, name: string): boolean =>
  [...pass.release.spec.targets.map((target) => target.name), 'worker'].some(
    (target) => canaryName(target) === name,
  );

/** The images of pinned containers, and canaries of our own; nothing else is written. */
export const onlyOwnObjects = (): Watcher => ({
  wrote(pass, effect, world) {
    if (effect.kind === 'PinWorkload') {
      insist(
        pass.release.spec.targets.some(({ name }) => name === effect.name),
        'pins what is no target',
        effect.name,
      );
      for (const { container, image } of effect.images) {
        insist(container === 'app', 'writes a container that is not pinned', container);
        insist(image.startsWith(`${REPOSITORY}`), 'writes an image of another repository', image);
      }
    } else if ('name' in effect) {
      insist(ours(pass, effect.name), `${effect.kind} on something else`, effect.name);
      const there = world.cluster.deployment(effect.name);
      insist(!there || there.ownerUid === pass.release.metadata.uid, 'takes over a foreign Deployment');
    }
    for (const { name, ownerUid, containers } of world.cluster.deployments()) {
      const proxy = containers.find((container) => container.name === 'proxy');
      insist(proxy?.image === 'registry.example.com/mesh/proxy:1', `touches the proxy of ${name}`);
      insist(ownerUid === undefined || ours(pass, name), 'leaves a canary that nobody asked for', name);
    }
  },
});

const FINAL = ['Healthy', 'RolledBack', 'Blocked', 'Suspended'];
const SAYS_WHO =
  /waiting for|when it is back|annotate|give them|write a digest|is not of|has no container|set spec/i;

/** Every decision is deterministic, complete, explained, and changes nothing when it is made again. */
export const wellFormed = (): Watcher => ({
  observed(pass) {
    const { release, seen, now } = pass;
    const decision = decisionOf(pass);
    insist(isDeepStrictEqual(decision, decide(release, seen, now)), 'the same facts give two decisions');
    const { status, notices, wakeAt, effects } = decision;
    const again = decide({ ...release, status }, seen, now);
    insist(isDeepStrictEqual(again.status, status), 'a decision is no fixpoint', {
      once: [status.phase, status.message],
      twice: [again.status.phase, again.status.message],
    });
    insist(isDeepStrictEqual(again.effects, effects), 'effects do not follow from what is stored', {
      once: effects,
      twice: again.effects,
    });
    insist(again.notices.length === 0, 'a notice is repeated', again.notices);
    insist(
      notices.length === 0 || !release.status || !isSameNews(release.status, status),
      'a notice without anything stored that explains it',
      notices,
    );
    insist(wakeAt === undefined || wakeAt > now, 'wants to wake up in the past', { wakeAt, now });
    const lint = complaints(status, release.metadata.generation);
    insist(lint.length === 0, 'conditions contradict each other', [lint, status.phase, status.message]);
    const stalled = status.conditions.some((c) => c.type === 'Stalled' && c.status === 'True');
    insist(
      FINAL.includes(status.phase) || stalled || wakeAt !== undefined || SAYS_WHO.test(status.message),
      'nobody knows what ends this',
      [status.phase, status.message],
    );
  },
  stored({ now }, before, status) {
    for (const { type, status: state, lastTransitionTime } of status.conditions) {
      const old = before?.conditions.find((c) => c.type === type);
      if (!old) continue;
      const time = old.status === state ? old.lastTransitionTime : now.toISOString();
      insist(lastTransitionTime === time, `${type} has the wrong time`, { old, state, lastTransitionTime });
    }
  },
});

/** Where a release may stay for good once the world is in order. */
export function restsWhereItMay(world: World): void {
  const release = world.cluster.release('checkout');
  if (!release) return;
  const { phase, message } = release.status ?? {};
  const waitsForPerson = phase === 'Paused' && /annotate/.test(message ?? '');
  insist(FINAL.includes(phase ?? '') || waitsForPerson, 'does not come to rest', [phase, message]);
}

/** When the finalizer goes, so has everything of ours, and every workload runs stable. */
export const nothingIsLeft = (): Watcher => ({
  wrote({ release }, effect, { cluster }) {
    if (effect.kind !== 'RemoveFinalizer') return;
    const { status } = release;
    for (const { name, ownerUid, containers } of cluster.deployments()) {
      insist(ownerUid === undefined, 'leaves a canary', name);
      // What an older release has taken over is its business.
      if (!cluster.release('checkout')?.status?.pins?.some((pin) => pin.name === name)) continue;
      const image = containers.find((container) => container.name === 'app')?.image ?? '';
      const stable = [`${REPOSITORY}:v1`, `${REPOSITORY}@${status?.stable?.digest}`];
      insist(status?.stable === undefined || stable.includes(image), 'leaves a workload at another digest', {
        image,
        stable,
      });
    }
  },
});

/** Drift is what somebody else did to a workload that had its pins: a first pin, of a target that joins, is none. */
export const driftIsOfOthers = (): Watcher => ({
  wrote(_, effect, { cluster }) {
    if (effect.kind !== 'PinWorkload' || !effect.drift) return;
    const versions = cluster.history.workload.filter(({ key }) => key === effect.name);
    const before = versions
      .slice(0, -1)
      .flatMap(({ object }) =>
        object && 'containers' in object ? object.containers.map(({ image }) => image) : [],
      );
    for (const { image } of effect.images) insist(before.includes(image), 'calls a first pin drift', image);
  },
});

/** Of a workload that an older release names, nothing is begun, and what an older one has pinned is not pinned. */
export const standsBack = (): Watcher => ({
  observed(pass) {
    const elders = pass.seen.claims.filter((claim) => claim.precedes);
    if (elders.length === 0) return;
    const { status, effects } = decisionOf(pass);
    for (const { target, pins } of elders) {
      const fights = pins && status.pins?.some((pin) => pin.name === target);
      insist(!fights, 'fights over a pin', status.pins);
    }
    if (status.suspended !== undefined) return;
    insist(!status.candidate || status.failure !== undefined, 'a trial goes on', status.phase);
    const begun = effects.find(({ kind }) => kind === 'ApplyCanary' || kind === 'ScaleCanary');
    insist(begun === undefined, 'a canary is begun', begun);
  },
});

const TOUCHING = ['PinWorkload', 'ApplyCanary', 'ScaleCanary', 'DeleteCanary'];

/** Suspended, no workload is written, and no clock of a step runs on. */
export const frozenWhileSuspended = (): Watcher => ({
  wrote(pass, { kind }) {
    const { suspended } = decisionOf(pass).status;
    const deleting = pass.release.metadata.deletionTimestamp !== undefined;
    insist(suspended === undefined || deleting || !TOUCHING.includes(kind), `${kind} while it is suspended`);
  },
  stored(_, before, status) {
    if (before?.suspended === undefined || status.suspended !== undefined || !status.candidate) return;
    const clock = before.candidate?.stepStartedAt;
    insist(
      clock === undefined || status.candidate.stepStartedAt !== clock,
      'a step went on while nobody watched',
    );
  },
});

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
