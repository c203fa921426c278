import type { ProvenanceReader, ProvenanceResult } from '../ports/provenance.ts';
import type { JsonRoute } from './server.ts';

const STATUS: Readonly<Record<ProvenanceResult['outcome'], number>> = {
  Found: 200,
  Pending: 202,
  Invalid: 400,
  Ambiguous: 400,
  NotFound: 404,
  NotReady: 503,
};

/** Of an answer that another try may complete. */
const RETRY_AFTER_SECONDS = 5;

/** `GET /v1/provenance?digest=sha256:…`: who built this, from what, and where does it run? */
export function provenanceRoute(reader: ProvenanceReader): JsonRoute {
  return async (query) => {
    const result = await reader.find(query.get('digest')?.trim() ?? '');
    const again = result.outcome === 'Pending' || result.outcome === 'NotReady';
    return {
      status: STATUS[result.outcome],
      body: 'answer' in result ? result.answer : { reason: result.outcome, message: result.problem },
      ...(again && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
    };
  };
}
