import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../api/artifact-release-status.ts';
import { without } from './situation.ts';

export const isSameStatus = (a: Status, b: Status): boolean => isDeepStrictEqual(a, b);

/** Equal but for sentences, counts, what is kept along with a digest, and the time of the last look: nothing that a person, a tool or the next pass would act upon. */
export const isSameNews = (a: Status, b: Status): boolean => isDeepStrictEqual(news(a), news(b));

/** That pods come and go is then what the phase says. */
const isReplacingPods = ({ phase }: Status): boolean => phase === 'Promoting' || phase === 'RollingBack';

function news(status: Status): unknown {
  const { message: _, budget: __, summary, conditions, analysis, verification, protection, ...rest } = status;
  const { burn: ___, ...columns } = summary;
  return {
    ...rest,
    proof: verification && without(verification, 'lastVerifiedTime'),
    kept: protection?.digests.map(({ digest, role, reason }) => ({ digest, role, reason })),
    upkeep: protection?.problems?.map(({ reason }) => reason),
    columns,
    conditions: conditions.flatMap(({ type, status: state, reason, observedGeneration }) =>
      type === 'Healthy' && isReplacingPods(status) ? [] : [{ type, state, reason, observedGeneration }],
    ),
    // The next look counts on from them: what was not stored is counted as one with what it finds.
    clumps: analysis?.map(({ current }) => current.clumps ?? 0).filter((clumps) => clumps > 0) ?? [],
    steps: analysis?.map(({ steps }) => steps).filter((steps) => steps.length > 0) ?? [],
  };
}
