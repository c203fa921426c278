import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import { MAX_SHOWN, type Signal, type VerificationRecord } from '../../api/verification-status.ts';
import type { Check, Proof, RevocationHit } from '../observation.ts';
import { earliest } from '../time.ts';
import type { CaseFile } from './case-file.ts';
import { judge, type NamedRequirements } from './judge.ts';
import { judgePromotion, type StatusOf } from './promoted-in.ts';
import { recordOf } from './record.ts';
import { type Requirement, refused } from './requirement.ts';
import { type MatchesExpression, revokedBecause, type Suspect } from './revocation.ts';

export interface ProofQuestion {
  readonly release: string;
  readonly file: CaseFile;
  readonly requirements: readonly NamedRequirements[];
  readonly signals: readonly Signal[];
  readonly statusOf: StatusOf;
  /** For the record. */
  readonly policyHash: string;
  readonly readAt?: string;
}

type Judged = Requirement & { readonly mode: 'enforce' | 'warn' };

/** Whether everything that is asked for is proven, and what there is to see. Revocations come after: see `revoke`. */
export function proofOf(question: ProofQuestion, now: Date): Proof {
  const { file, requirements, signals } = question;
  const promotions = judgePromotions(question, now);
  const judged: readonly Judged[] = [
    ...judge(requirements, file, now).requirements,
    ...promotions.map(({ requirement }) => requirement),
    ...requirements.flatMap((asked) => judgeSignals(asked, signals)),
  ];
  const check = verdict(judged.filter(({ mode }) => mode === 'enforce'));
  const warnings = judged.filter(({ mode, state }) => mode === 'warn' && state !== 'Satisfied').map(sentence);
  const until = earliest(...promotions.map((one) => one.until));
  return {
    ...check,
    ...(until && { until }),
    record: {
      digest: file.subject,
      state: STATE_OF[check.state],
      reason: check.reason,
      policyHash: question.policyHash,
      ...(question.readAt !== undefined && { lastVerifiedTime: question.readAt }),
      ...recordOf(file.evidence, file.rejected),
      ...(warnings.length > 0 && {
        warnings: warnings.slice(0, MAX_SHOWN).map((text) => text.slice(0, 512)),
      }),
      ...(signals.length > 0 && {
        signals: signals.map(({ type, message }) => ({ type, message: message.slice(0, 512) })),
      }),
    },
  };
}

const STATE_OF = { Satisfied: 'Verified', Refused: 'Failed', Unknown: 'Unknown' } as const satisfies Record<
  Check['state'],
  VerificationRecord['state']
>;

const sentence = ({ policy, name, message }: Requirement): string => `${policy} asks for ${name}: ${message}`;

/** A refusal before a doubt, for waiting cannot help; all that is satisfied in one sentence. */
function verdict(enforced: readonly Judged[]): Check {
  const problem =
    enforced.find(({ state }) => state === 'Refused') ?? enforced.find(({ state }) => state === 'Unknown');
  if (problem && problem.state !== 'Satisfied') {
    const others = enforced.filter(({ state }) => state !== 'Satisfied').length - 1;
    const more = others > 0 ? `; and ${others} more of what is asked for` : '';
    return { state: problem.state, reason: problem.reason, message: `${sentence(problem)}${more}` };
  }
  const message = [...new Set(enforced.map((one) => one.message))].join('; ');
  return { state: 'Satisfied', reason: 'Verified', message };
}

function judgePromotions(
  { release, file, requirements, statusOf }: ProofQuestion,
  now: Date,
): readonly { readonly requirement: Judged; readonly until?: Date }[] {
  return requirements.flatMap(({ policy, spec }) =>
    (spec.promotedIn ?? []).map((asked) => {
      const { finding, until } = judgePromotion(asked, release, file.subject, statusOf, now);
      return {
        requirement: { policy, name: 'promotedIn', mode: spec.mode, ...finding },
        ...(until && { until }),
      };
    }),
  );
}

const judgeSignals = ({ policy, spec }: NamedRequirements, signals: readonly Signal[]): readonly Judged[] =>
  signals
    .filter(({ type }) => spec.refuseOn?.includes(type))
    .map(({ type, message }) => ({ policy, name: `no ${type}`, mode: spec.mode, ...refused(type, message) }));

/** Never from a cache: asked at every use, about everything that is known, whatever else is proven. */
export function revoke(
  proof: Proof,
  suspect: Suspect,
  revocations: readonly ArtifactRevocation[],
  matches: MatchesExpression,
): Proof {
  const hits = revocations.flatMap(({ metadata, spec }): RevocationHit[] => {
    const cause = spec.dryRun ? undefined : revokedBecause(suspect, spec, matches);
    if (cause === undefined) return [];
    const message = `${cause} by ArtifactRevocation ${metadata.name}: ${spec.reason}`;
    return [{ revocation: metadata.name, action: spec.action, message }];
  });
  const [first] = hits;
  if (!first) return proof;
  const { record, until: _, pending: __, ...rest } = proof;
  return {
    ...rest,
    ...{ state: 'Refused', reason: 'Revoked', message: first.message, revocations: hits },
    ...(record && {
      record: {
        ...record,
        ...{ state: 'Revoked', reason: 'Revoked' },
        revokedBy: hits.slice(0, MAX_SHOWN).map(({ revocation }) => revocation),
      },
    }),
  };
}
