import type { Side, SloQuestion } from '../../ports/slo-source.ts';
import { QueryError } from './query-error.ts';
import { renderQuery } from './query-template.ts';
import type { PartKind } from './side-totals.ts';

/** What is sent to Prometheus for one side: a count of all requests, and one of the bad or of the good among them. */
export interface SideQueries {
  readonly total: string;
  readonly part: { readonly kind: PartKind; readonly query: string };
}

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
  if (candidate.part.query === stable.part.query) throw sameQuery(candidate.part.kind);
  if (candidate.total === stable.total) throw sameQuery('total');
  return { candidate, stable };
}

/**
 * The queries of an objective that counts requests, about the pods of one side or of a whole service. Throws
 * QueryError QueryInvalid, naming the query.
 */
export function renderSide(scope: QueryScope, side: Side): SideQueries {
  const { bad, good, total } = scope.objective.ratioMetric ?? {};
  const part = bad ?? good;
  if (!part || !total)
    throw new QueryError('QueryInvalid', 'only ratioMetric with bad or good, and total is supported');
  const kind = bad ? 'bad' : 'good';
  return {
    total: render('total', total.query, scope, side),
    part: { kind, query: render(kind, part.query, scope, side) },
  };
}

/** Whether an objective is about good and bad requests. Else it samples a value, or is written down elsewhere. */
export const countsRequests = ({ ratioMetric, latencyMetric, preset }: QueryScope['objective']): boolean =>
  Boolean(ratioMetric ?? latencyMetric ?? preset);

export const sameQuery = (name: string): QueryError =>
  new QueryError(
    'QueryInvalid',
    `query ${name}: is the same for candidate and stable; select the pods with pod=~"$pods"`,
  );

/** One query with its variables filled in. Throws QueryError QueryInvalid, with the name of the query. */
export function render(name: string, template: string, scope: QueryScope, side: Side): string {
  try {
    return renderQuery(template, {
      namespace: scope.namespace,
      workload: scope.workload,
      track: side.track,
      pods: side.pods,
      digest: scope.digest,
      window: `${scope.windowSeconds}s`,
    });
  } catch (error) {
    throw error instanceof QueryError ? error.within(`query ${name}`) : error;
  }
}
