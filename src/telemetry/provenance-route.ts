import type { ProvenanceReader, ProvenanceResult } from '../ports/provenance.ts';
import { jsonAnswer, type Route } from './route.ts';

const STATUS: Readonly<Record<ProvenanceResult['outcome'], number>> = {
  Found: 200,
  Pending: 202,
  Invalid: 400,
  Ambiguous: 400,
  NotFound: 404,
  NotReady: 503,
};

/** `GET /v1/provenance?digest=sha256:…`: who built this, from what, and where does it run? */
export function provenanceRoute(reader: ProvenanceReader): Route {
  return async ({ query }) => {
    const result = await reader.find(query.get('digest')?.trim() ?? '');
    const body = 'answer' in result ? result.answer : { reason: result.outcome, message: result.problem };
    return jsonAnswer(STATUS[result.outcome], body);
  };
}
