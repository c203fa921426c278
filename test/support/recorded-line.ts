import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { DecisionLog } from '../../src/reconcile/decision-log.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { at } from './releases.ts';

/** What the operator logs of a pass, some time after noon. */
export function recordedLine(release: ArtifactRelease, seen: Observation, when = '1m'): string {
  const now = at(when);
  let text = '';
  const logger = createLogger('info', {
    write: (line) => {
      text += line;
    },
  });
  new DecisionLog(logger).deciding({ release, seen, now }, decide(release, seen, now));
  return text.trimEnd();
}
