import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type {
  AffectedRelease,
  RevocationCondition,
  RevocationReason,
  RevocationState,
} from '../../api/revocation-status.ts';

export interface RevocationSummary {
  readonly generation: number;
  readonly spec: ArtifactRevocation['spec'];
  readonly affected: number;
  readonly remaining: number;
  /** All that are found, also those that the status has no room for. */
  readonly releases: readonly AffectedRelease[];
  /** Revoked digests that the status has no room for. */
  readonly excessDigests: number;
  readonly unknownDigests: number;
  /** Names of releases that are not understood. */
  readonly notUnderstood: readonly string[];
  readonly before: readonly RevocationCondition[];
  readonly now: Date;
}

type Finding = Pick<RevocationCondition, 'status' | 'message'> & { readonly reason: RevocationReason };

/** Names in a sentence; the rest is counted. */
const MAX_NAMED = 3;

/** Ready: everything that it is about is listed. Complete: nothing of it runs, or nothing is to be done about it. */
export function conditionsOf(summary: RevocationSummary): RevocationCondition[] {
  const ready = readiness(summary);
  const findings = { Ready: ready, Complete: completion(summary, ready) };
  return (['Ready', 'Complete'] as const).map((type) => {
    const last = summary.before.find((condition) => condition.type === type);
    const lastTransitionTime =
      last?.status === findings[type].status ? last.lastTransitionTime : summary.now.toISOString();
    return { type, ...findings[type], observedGeneration: summary.generation, lastTransitionTime };
  });
}

function readiness({ affected, excessDigests, notUnderstood, unknownDigests }: RevocationSummary): Finding {
  if (excessDigests > 0) {
    const message = `${excessDigests} more digests fall under it than a status can name, and admission knows only those; split it into several revocations`;
    return { status: 'False', reason: 'TooManyDigests', message };
  }
  if (notUnderstood.length > 0) {
    const message = `Whether it is about ${names(notUnderstood)} is not known: what is stored there is not understood; see the status there`;
    return { status: 'Unknown', reason: 'ReleaseNotUnderstood', message };
  }
  if (unknownDigests > 0) {
    const message = `Who signed ${unknownDigests} of the digests in use, and what they were built from, is not known: nothing asks for a proof of them, or their registry has not answered; it is asked again`;
    return { status: 'Unknown', reason: 'EvidenceUnknown', message };
  }
  return { status: 'True', reason: 'Listed', message: `It affects ${count(affected)}` };
}

function completion({ spec, affected, remaining, releases }: RevocationSummary, ready: Finding): Finding {
  const inState = (...states: readonly RevocationState[]) =>
    releases
      .filter(({ state }) => states.includes(state))
      .map(({ namespace, name }) => `${namespace}/${name}`);
  if (spec.dryRun) {
    const message = `Dry run: it would affect ${count(affected)}; set spec.dryRun to false to carry it out`;
    return { status: 'True', reason: 'DryRun', message };
  }
  const stuck = inState('NoSafeDigest');
  if (stuck.length > 0) {
    const message = `${remaining} of ${count(affected)} still run it. Without a verified digest to go back to: ${names(stuck)}; release another digest there`;
    return { status: 'False', reason: 'NoSafeDigest', message };
  }
  const leaving = inState('Aborting', 'RollingBack');
  if (leaving.length > 0) {
    const message = `${remaining} of ${count(affected)} still run it: ${names(leaving)}`;
    return { status: 'False', reason: 'InProgress', message };
  }
  if (ready.status !== 'True') return { ...ready, status: 'Unknown' };
  if (remaining > 0) {
    const message = `It still runs in ${count(remaining)}, for spec.action is Report`;
    return { status: 'True', reason: 'ReportOnly', message };
  }
  const deleted = inState('Deleted');
  const orphans =
    deleted.length > 0 ? `; deleted meanwhile, look at the workloads left by: ${names(deleted)}` : '';
  return { status: 'True', reason: 'NothingRuns', message: `No release runs it${orphans}` };
}

const count = (releases: number): string => `${releases} release${releases === 1 ? '' : 's'}`;

function names(all: readonly string[]): string {
  const more = all.length - MAX_NAMED;
  return all.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
