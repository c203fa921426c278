import { describe } from 'vitest';
import { onlyVerifiedRuns, staysRefused } from '../support/candidate-rules.ts';
import { wellFormed } from '../support/decision-rules.ts';
import {
  promotedAsAnalysed,
  stableUntouched,
  unknownDecidesNothing,
  weightsNeverJump,
} from '../support/promotion-rules.ts';
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
import { allHold } from '../support/release-lives.ts';
import { budgetIsKept, burningIsCounted } from '../support/service-rules.ts';
import { driftIsOfOthers, frozenWhileSuspended, onlyOwnObjects } from '../support/workload-rules.ts';

describe('whatever happens to a release', () => {
  allHold('about proof', {
    'rule 1: nothing ever runs a digest that is not verified': onlyVerifiedRuns,
    'rule 1: no sequence of registry and policy events runs an unverified digest': nothingUnprovenIsStarted,
    'rule 1: what is revoked is left in the pass that sees it': revokedIsLeftAtOnce,
    'an answer that is awaited is no news': awaitingIsNoNews,
    'an answer that is awaited decides nothing': awaitingDecidesNothing,
    'a digest that was rolled back stays refused until a person asks for it': staysRefused,
  });

  allHold('about the way to promotion', {
    'rule 2: stable is not touched until the candidate has passed every step': stableUntouched,
    'rule 3: what is promoted is what was analysed': promotedAsAnalysed,
    'rule 4: unknown neither promotes nor rolls back': unknownDecidesNothing,
    'a service that burns is counted, and keeps canaries out': burningIsCounted,
    'an exhausted budget keeps canaries out, unless they are to mend that': budgetIsKept,
    'rule 6: a weight never jumps and a clock is never set anew': weightsNeverJump,
    'every decision is deterministic, explained and a fixpoint': wellFormed,
  });

  allHold('about what is kept, and what is written', {
    'no pod starts at a digest that is not protected, where that is required': nothingUnprotectedBegins,
    'rule 7: what a status refers to is kept, and nothing else is started': whatMayRunIsKept,
    'protection that is not read yet is no news': unreadProtectionIsNoNews,
    'rule 8: only images of pinned containers and own objects are written': onlyOwnObjects,
    'only what somebody else did is drift': driftIsOfOthers,
    'a suspended release touches no workload': frozenWhileSuspended,
  });
});
