import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { recordOf } from '../../src/domain/replay/record.ts';
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
  logger.info(recordOf({ release, seen, now }, decide(release, seen, now)), 'recorded');
  return text.trimEnd();
}
