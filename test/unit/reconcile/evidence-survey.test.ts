import { describe, expect, it } from 'vitest';
import type { Suspect } from '../../../src/domain/verification/revocation.ts';
import type { VerificationQuestion } from '../../../src/ports/artifact-verifier.ts';
import type { StoredRelease } from '../../../src/ports/cluster.ts';
import { EvidenceSurvey } from '../../../src/reconcile/evidence-survey.ts';
import { aPin, CANDIDATE, NEXT, onCanary, STABLE } from '../../support/releases.ts';
import { aRevocation } from '../../support/revocations.ts';

const signal = new AbortController().signal;
const suspect: Suspect = { digests: [STABLE], evidence: [] };

const stored = (name: string, release = onCanary()): StoredRelease => ({
  identity: { ...release.metadata, name },
  deleting: false,
  valid: true,
  release: { ...release, metadata: { ...release.metadata, name } },
});

function aSurvey(options: {
  releases?: readonly StoredRelease[];
  revocation?: object;
  known?: Suspect;
  answers?: (question: VerificationQuestion) => Suspect | undefined;
}) {
  const {
    releases = [stored('a')],
    revocation = { builders: ['x'] },
    known,
    answers = () => suspect,
  } = options;
  const asked: VerificationQuestion[] = [];
  const due: string[] = [];
  let learned = 0;
  const survey = new EvidenceSurvey({
    policies: { revocations: () => [{ valid: true, value: aRevocation(revocation) }] },
    releasesAt: () => releases,
    evidence: {
      known: () => known,
      examine: async (question) => {
        asked.push(question);
        return answers(question);
      },
    },
    enqueue: (digest) => due.push(digest),
    onLearned: () => learned++,
  });
  return { survey, asked, due, learned: () => learned };
}

describe('the survey of evidence', () => {
  it('reads what is not known, and says that it learned something', async () => {
    const { survey, asked, learned } = aSurvey({});
    expect(await survey.reconcile(CANDIDATE, signal)).toEqual({});
    expect(asked).toMatchObject([
      { namespace: 'shop', release: 'a', digest: CANDIDATE, predecessor: STABLE },
    ]);
    expect(learned()).toBe(1);
  });

  it('asks the registry that the digest is from, not the one that the spec names now', async () => {
    const release = onCanary({
      status: { pins: [aPin(STABLE, { image: `old.example.com/shop@${STABLE}` })] },
    });
    const { survey, asked } = aSurvey({ releases: [stored('a', release)] });
    await survey.reconcile(STABLE, signal);
    expect(asked.map(({ repository }) => repository)).toEqual(['old.example.com/shop']);
  });

  it('asks nobody about what has become known, and passes it on', async () => {
    const { survey, asked, learned } = aSurvey({ known: suspect });
    await survey.reconcile(CANDIDATE, signal);
    expect([asked.length, learned()]).toEqual([0, 1]);
  });

  it('tries a few releases in turn, and again later when none can tell', async () => {
    const releases = Array.from({ length: 9 }, (_, i) => stored(`release-${i}`));
    const { survey, asked, learned } = aSurvey({ releases, answers: () => undefined });
    expect(await survey.reconcile(CANDIDATE, signal)).toEqual({ requeueAfterMs: 60_000 });
    expect([asked.length, learned()]).toEqual([4, 0]);
  });

  it('makes a digest due once until it is read, however often that is asked for', async () => {
    const unanswered = aSurvey({ answers: () => undefined });
    unanswered.survey.ask([CANDIDATE, STABLE]);
    await unanswered.survey.reconcile(CANDIDATE, signal);
    unanswered.survey.ask([CANDIDATE]);
    expect(unanswered.due).toEqual([CANDIDATE, STABLE]);
    const answered = aSurvey({});
    answered.survey.ask([CANDIDATE]);
    await answered.survey.reconcile(CANDIDATE, signal);
    answered.survey.ask([CANDIDATE]);
    expect(answered.due).toEqual([CANDIDATE, CANDIDATE]);
  });

  it.each([
    ['no revocation depends on it', CANDIDATE, { revocation: { digests: [CANDIDATE] } }],
    ['nothing has the digest in use', NEXT, {}],
    ['no release is left', CANDIDATE, { releases: [] }],
  ])('ends when %s', async (_, digest, options) => {
    const { survey, asked } = aSurvey(options);
    expect(await survey.reconcile(digest, signal)).toEqual({});
    expect(asked).toEqual([]);
  });
});
