import type { Side, SloQuestion } from '../../ports/slo-source.ts';
import { latencyQueries } from './latency-queries.ts';
import { presetQueries, sidesRemedy } from './preset-queries.ts';
import { QueryError } from './query-error.ts';
import { renderQuery } from './query-template.ts';
import type { SideQueries } from './side-queries.ts';

export interface ObjectiveQueries {
  readonly candidate: SideQueries;
  readonly stable?: SideQueries;
}

/** What a query may depend on, apart from whose pods it is about. */
export type QueryScope = Pick<
  SloQuestion,
  'objective' | 'namespace' | 'workload' | 'digest' | 'windowSeconds'
>;

/**
 * The queries of one question with their variables filled in. Throws QueryError QueryInvalid, naming the query: for
 * a variable that does not exist, and for a query that asks the same of both sides. Such a one would find the
 * candidate exactly as good as stable, whatever it does.
 */
export function renderQueries(question: SloQuestion): ObjectiveQueries {
  const candidate = renderSide(question, question.candidate);
  if (question.stable === undefined) return { candidate };
  const stable = renderSide(question, question.stable);
  const { preset } = question.objective;
  const remedy = preset && sidesRemedy(preset);
  if (candidate.part.query === stable.part.query) throw sameQuery(candidate.part.kind, remedy);
  if (candidate.total === stable.total) throw sameQuery('total', remedy);
  return { candidate, stable };
}

/**
 * The queries of an objective that counts requests, about the pods of one side or of a whole service. Throws
 * QueryError QueryInvalid, naming the query.
 */
export function renderSide(scope: QueryScope, side: Side): SideQueries {
  const { total, metric, part, buckets } = queriesOf(scope.objective);
  return {
    total: render('total', total, scope, side),
    ...(metric !== undefined && { metric }),
    part: { kind: part.kind, query: render(part.kind, part.query, scope, side) },
    ...(buckets && { buckets: { ...buckets, query: render('buckets', buckets.query, scope, side) } }),
  };
}

/** With variables. Which measures it has is checked by the API server, unless the objective was written by an old one. */
function queriesOf({ ratioMetric, latencyMetric, preset }: QueryScope['objective']): SideQueries {
  if (latencyMetric) return latencyQueries(latencyMetric);
  if (preset) return presetQueries(preset);
  const { bad, good, total } = ratioMetric ?? {};
  if (total && bad) return { total: total.query, part: { kind: 'bad', query: bad.query } };
  if (total && good) return { total: total.query, part: { kind: 'good', query: good.query } };
  throw new QueryError(
    'QueryInvalid',
    'it counts no requests; give one of ratioMetric, latencyMetric, preset',
  );
}

export const sameQuery = (name: string, remedy = 'select the pods with pod=~"$pods"'): QueryError =>
  new QueryError('QueryInvalid', `query ${name}: is the same for candidate and stable; ${remedy}`);

/** One query with its variables filled in. Throws QueryError QueryInvalid, with the name of the query. */
export function render(name: string, template: string, scope: QueryScope, side: Side): string {
  try {
    return renderQuery(template, {
      namespace: scope.namespace,
      workload: scope.workload,
      track: side.track,
      pods: side.pods,
      workloads: side.workloads,
      digest: scope.digest,
      window: `${scope.windowSeconds}s`,
    });
  } catch (error) {
    throw error instanceof QueryError ? error.within(`query ${name}`) : error;
  }
}
