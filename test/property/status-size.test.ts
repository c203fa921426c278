import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { Status } from '../../src/api/artifact-release-status.ts';
import {
  MAX_ARCHIVED,
  MAX_RESTORED,
  MAX_UPKEEP_MESSAGE,
  UPKEEP_PROBLEMS,
} from '../../src/api/protection-status.ts';
import { MAX_FACT, MAX_SHOWN, type VerificationRecord } from '../../src/api/verification-status.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Observation, Proof } from '../../src/domain/observation.ts';
import { keptDigests } from '../../src/domain/protection/kept-digests.ts';
import { known, unknown } from '../../src/domain/reading.ts';
import { anObservation, aWorkload } from '../support/observations.ts';
import { AVAILABILITY, aCandidate, anEntry, aRelease, at, iso, NOON } from '../support/releases.ts';
import { totals } from '../support/totals.ts';

const KIB = 1024;

/** How much of everything there is, and how long its names are. */
interface Extent {
  readonly targets: number;
  readonly containers: number;
  readonly steps: number;
  readonly objectives: number;
  readonly name: number;
  readonly repository: number;
  readonly person: number;
  readonly message: number;
  readonly numbers: number;
  /** Length of what Prometheus answers in place of counts; 0 where it answers with counts. */
  readonly error: number;
  readonly digest: 'sha256' | 'sha512';
  /** Its steps are computed, and its objectives written down elsewhere. */
  readonly computed?: true;
  /** Length of every fact in the record of verification; 0 where nothing is asked for. */
  readonly facts: number;
  /** How many digests before stable are kept in the registry; absent where no protection is asked for. */
  readonly kept?: number;
}

/** What people write, up to the largest number of everything that the schema allows. */
const usual: fc.Arbitrary<Extent> = fc.record({
  targets: fc.integer({ min: 1, max: 16 }),
  containers: fc.constant(1),
  steps: fc.integer({ min: 1, max: 10 }),
  objectives: fc.integer({ min: 0, max: 5 }),
  name: fc.integer({ min: 3, max: 40 }),
  repository: fc.integer({ min: 25, max: 80 }),
  person: fc.integer({ min: 0, max: 40 }),
  message: fc.integer({ min: 1, max: 240 }),
  numbers: fc.integer({ min: 60, max: 240 }),
  error: fc.constantFrom(0, 300),
  digest: fc.constant('sha256'),
  computed: fc.constant(true),
  facts: fc.constant(0),
});

const LARGEST: Extent = {
  targets: 16,
  containers: 8,
  steps: 10,
  objectives: 5,
  name: 253,
  repository: 255,
  person: 128,
  message: 1024,
  numbers: 320,
  error: 1024,
  digest: 'sha512',
  computed: true,
  facts: 0,
};

const PLAN = {
  steps: [1, 4, 14, 50].map((weight) => ({ weight, duration: '1h30m30s' })),
  expectedDuration: '4h30m30s',
  worstCaseSpend: 1.234,
};

const padded = (index: number, length: number): string => `${index}`.padEnd(length, 'x');
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** A release in its bake, when there is most to remember, with counts as long as the source of counts makes them. */
function fullOf(extent: Extent): { release: ArtifactRelease; seen: Observation } {
  const digestOf = (hex: string) => `${extent.digest}:${hex.repeat(extent.digest === 'sha256' ? 64 : 128)}`;
  const [stable, candidate] = [digestOf('a'), digestOf('b')];
  const repository = `registry.example.com/${'r'.repeat(extent.repository - 21)}`;
  const image = `${repository}@${candidate}`;
  const names = many(extent.targets, (index) => padded(index, extent.name));
  const containers = many(extent.containers, (index) => padded(index, Math.min(63, extent.name)));
  const objectives = many(extent.objectives, (index) => padded(index, Math.min(63, extent.name)));
  const counts = {
    ...totals(12_345.679, 12_345_678.679, 12_345.679, 123_456_789.679, 86_400),
    clumps: 12_345.7,
  };
  const by = 'p'.repeat(extent.person);
  const version = 'v'.repeat(Math.min(64, extent.name));
  const check: Proof = {
    state: 'Satisfied',
    reason: 'Verified',
    message: 'm'.repeat(extent.message),
    ...(extent.facts > 0 && { record: fullRecord(candidate, extent.facts) }),
  };
  const reading = extent.error ? unknown('QueryFailed', 'e'.repeat(extent.error)) : known(counts);
  const record = {
    evaluatedAt: iso(),
    current: counts,
    carried: counts,
    burnRate: 1_234.567,
    evidence: 14,
  } as const;
  const release = aRelease({
    spec: {
      artifact: { repository, digest: candidate, version },
      targets: names.map((name) => ({ kind: 'Deployment', name })),
      canary: { steps: many(extent.steps, (index) => ({ weight: index + 1, duration: '5m' })) },
      objectives: objectives.map((name) => ({ ...AVAILABILITY, name })),
      analysis: { budgetLimit: '100' },
      protection: { rollbackCandidates: extent.kept ?? 3 },
    },
    status: {
      phase: 'Baking',
      stable: { digest: stable, version, promotedAt: iso() },
      candidate: aCandidate({
        digest: candidate,
        version,
        step: extent.steps - 1,
        weight: 100,
        stepStartedAt: iso(),
        approvedStep: 0,
        approvedBy: by,
        waivedBy: by,
        replicas: names.map((name) => ({ name, count: 1_000 })),
        baselines: objectives.map((objective) => ({
          ...{ objective, ...(extent.computed && { terms: { target: '99.99', timeWindow: '30d' } }) },
          ...{ bad: 12_345, total: 123_456_789, seconds: 21_600, dispersion: 12.3, clump: 12.3 },
        })),
        ...(extent.computed && { plan: PLAN }),
      }),
      pins: names.flatMap((name) =>
        containers.map((container) => ({ kind: 'Deployment' as const, name, container, image })),
      ),
      analysis: objectives.map((objective) => ({
        ...record,
        objective,
        steps: many(extent.steps, () => counts),
        verdict: 'Hold',
        reason: 'InsufficientTraffic',
      })),
      history: many(10, (index) =>
        anEntry({
          digest: extent.kept === undefined ? stable : digestOf(index.toString(16)),
          version,
          verdict: extent.kept === undefined ? 'RolledBack' : 'Promoted',
          reason: 'ProgressDeadlineExceeded',
          budgetSpent: 12.345,
          approvedBy: by,
          ...(index === 0 && { message: 'n'.repeat(extent.numbers) }),
        }),
      ),
      ...(extent.kept === MAX_ARCHIVED && {
        restored: many(MAX_RESTORED, (index) => ({
          digest: digestOf('def'[index] ?? 'd'),
          version,
          by,
          at: iso(),
        })),
      }),
    },
  });
  const workloads = names.map((name) => ({
    name,
    running: new Map(),
    workload: aWorkload({ name, containers: containers.map((c) => ({ name: c, image, init: false })) }),
  }));
  const seen = anObservation({
    targets: workloads,
    verification: new Map([stable, candidate].map((digest) => [digest, check])),
    ...(extent.kept !== undefined && protectionOf(extent, release)),
    counts: { from: NOON, totals: new Map(objectives.map((name) => [name, reading])) },
  });
  return { release, seen };
}

/** Everything is kept but not safe, for the longest reason, ten digests were archived, and nothing can be given up. */
function protectionOf(
  { kept, digest, repository, message }: Extent,
  release: ArtifactRelease,
): Pick<Observation, 'protection' | 'protectionState'> {
  const check = {
    state: 'Refused',
    reason: 'RegistryUnsupported',
    message: 'm'.repeat(message),
    members: 9_999,
  } as const;
  const archived = many(kept === undefined || kept < MAX_ARCHIVED ? 0 : MAX_ARCHIVED, (index) => ({
    digest: `${digest}:${index.toString(16).repeat(digest === 'sha256' ? 64 : 128)}`,
    version: 'v'.repeat(64),
    repository: 'r'.repeat(repository),
    archivedAt: iso(),
  }));
  const problems = UPKEEP_PROBLEMS.filter(() => archived.length > 0).map((reason) => ({
    reason,
    message: 'm'.repeat(MAX_UPKEEP_MESSAGE),
  }));
  return {
    protection: new Map(keptDigests(release, at()).map((one) => [one.digest, check])),
    protectionState: { mode: 'Tags', archived, problems, orphaned: false },
  };
}

const text = (length: number): string => 'f'.repeat(length);

/** Everything that a record may hold, with facts of this length. */
function fullRecord(digest: string, length: number): VerificationRecord {
  const shown = MAX_SHOWN;
  const signed = {
    authority: text(length),
    signer: { issuer: text(length), subject: text(length) },
    signedAt: NOON,
    manifestDigest: digest,
  };
  const message = text(Math.min(512, 2 * length));
  const origin = { builder: text(length), source: text(length), commit: text(length), ref: text(length) };
  return {
    digest,
    state: 'Verified',
    reason: 'Verified',
    policyHash: text(64),
    lastVerifiedTime: NOON,
    signatures: many(shown, () => ({ ...signed, format: 'bundle' as const })),
    attestations: many(shown, () => ({ ...signed, predicateType: text(length) })),
    provenance: { ...origin, workflow: text(length), run: text(length), conflicts: many(8, () => text(32)) },
    vulnerabilities: {
      ...{ critical: 9_999, high: 9_999, medium: 9_999, low: 9_999, unknown: 9_999 },
      scannedAt: NOON,
      scanner: text(length),
    },
    sbom: { format: 'CycloneDX', components: 99_999, identifiedPercent: 100, manifestDigest: digest },
    rejected: many(shown, () => ({ manifestDigest: digest, reason: 'NoMatchingSignature' as const })),
    warnings: many(shown, () => message),
    signals: (['NotReproducible', 'TagMoved', 'SignerChanged'] as const).map((type) => ({ type, message })),
    revokedBy: many(shown, () => text(Math.min(253, length))),
  };
}

/** Also what the schema of the CRD accepts: the API server would refuse anything else. */
function sizeOf(extent: Extent): number {
  const { release, seen } = fullOf(extent);
  return JSON.stringify(Status.parse(decide(release, seen, at('10m')).status)).length;
}

describe('rule 10: status stays bounded', () => {
  it('at what docs/adr says: 8 KiB, and so much more for every pin, objective and measured step', () => {
    fc.assert(
      fc.property(usual, (extent) => {
        const pins = extent.targets * extent.containers;
        const segments = extent.objectives * (extent.steps + 2);
        const more = 360 * (pins - 1) + 350 * extent.objectives + 130 * segments;
        expect(sizeOf(extent)).toBeLessThanOrEqual(8 * KIB + more);
      }),
      { numRuns: 200 },
    );
  });

  it('at 8 KiB all in all for one workload, one objective and the default steps', () => {
    const ordinary = {
      targets: 1,
      containers: 1,
      steps: 3,
      objectives: 1,
      name: 40,
      repository: 80,
    } as const;
    expect(
      sizeOf({ ...ordinary, person: 40, message: 240, numbers: 180, error: 0, digest: 'sha256', facts: 0 }),
    ).toBeLessThanOrEqual(8 * KIB);
  });

  it('at so much more as the record of verification weighs, which is what docs/adr says', () => {
    const more = (extent: Extent, facts: number) => sizeOf({ ...extent, facts }) - sizeOf(extent);
    expect(more({ ...LARGEST, digest: 'sha256' }, 60)).toBeLessThanOrEqual(14 * KIB);
    expect(more(LARGEST, MAX_FACT)).toBeLessThanOrEqual(37 * KIB);
  });

  it('at so much more as protection weighs, which is what docs/adr says', () => {
    const more = (extent: Extent, kept: number) => sizeOf({ ...extent, kept }) - sizeOf(extent);
    const plain = { ...LARGEST, digest: 'sha256', message: 240, repository: 80 } as const;
    expect(more(plain, 3)).toBeLessThanOrEqual(1.5 * KIB);
    expect(more(plain, 10)).toBeLessThanOrEqual(7.25 * KIB);
    expect(more(LARGEST, 10)).toBeLessThanOrEqual(11.25 * KIB);
  });

  it('at a tenth of what etcd stores, whatever the schema allows', () => {
    expect(sizeOf(LARGEST)).toBeLessThanOrEqual(125 * KIB);
  });
});
