import { isDeepStrictEqual } from 'node:util';
import { decide } from '../../src/domain/decide.ts';
import { isSameNews } from '../../src/domain/status-news.ts';
import { insist } from './broken-rule.ts';
import { complaints } from './conditions-check.ts';
import { decisionOf } from './pass-decision.ts';
import type { World } from './simulated-world.ts';
import type { Watcher } from './watcher.ts';

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
