import { describe } from 'vitest';
import {
  awaitingDecidesNothing,
  awaitingIsNoNews,
  nothingUnprovenIsStarted,
  revokedIsLeftAtOnce,
} from '../support/proof-rules.ts';
import {
  nothingUnprotectedBegins,
  unreadProtectionIsNoNews,
  whatMayRunIsKept,
} from '../support/protection-rules.ts';
import { holds } from '../support/release-lives.ts';
import {
  burningIsCounted,
  driftIsOfOthers,
  frozenWhileSuspended,
  onlyOwnObjects,
  onlyVerifiedRuns,
  promotedAsAnalysed,
  stableUntouched,
  staysRefused,
  unknownDecidesNothing,
  weightsNeverJump,
  wellFormed,
} from '../support/release-rules.ts';

describe('whatever happens to a release', () => {
  holds('rule 1: nothing ever runs a digest that is not verified', onlyVerifiedRuns);
  holds(
    'rule 1: no sequence of registry and policy events runs an unverified digest',
    nothingUnprovenIsStarted,
  );
  holds('rule 1: what is revoked is left in the pass that sees it', revokedIsLeftAtOnce);
  holds('an answer that is awaited is no news', awaitingIsNoNews);
  holds('an answer that is awaited decides nothing', awaitingDecidesNothing);
  holds('rule 2: stable is not touched until the candidate has passed every step', stableUntouched);
  holds('rule 3: what is promoted is what was analysed', promotedAsAnalysed);
  holds('rule 4: unknown neither promotes nor rolls back', unknownDecidesNothing);
  holds('a service that burns is counted, and keeps canaries out', burningIsCounted);
  holds('rule 6: a weight never jumps and a clock is never set anew', weightsNeverJump);
  holds('no pod starts at a digest that is not protected, where that is required', nothingUnprotectedBegins);
  holds('rule 7: what a status refers to is kept, and nothing else is started', whatMayRunIsKept);
  holds('protection that is not read yet is no news', unreadProtectionIsNoNews);
  holds('rule 8: only images of pinned containers and own objects are written', onlyOwnObjects);
  holds('only what somebody else did is drift', driftIsOfOthers);
  holds('a suspended release touches no workload', frozenWhileSuspended);
  holds('a digest that was rolled back stays refused until a person asks for it', staysRefused);
  holds('every decision is deterministic, explained and a fixpoint', wellFormed);
});
