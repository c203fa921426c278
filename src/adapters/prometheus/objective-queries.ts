import type { Side, SloQuestion } from '../../ports/slo-source.ts';
import { QueryError } from './query-error.ts';
import { renderQuery } from './query-template.ts';

export type CountKind = 'bad' | 'total';

/** What is sent to Prometheus for one side. */
export type SideQueries = Readonly<Record<CountKind, string>>;

export interface ObjectiveQueries {
  readonly candidate: SideQueries;
  readonly stable?: SideQueries;
}

/**
 * The queries of one question with their variables filled in. Throws QueryError QueryInvalid, naming the query: for
 * a variable that does not exist, and for a query that asks the same of both sides. Such a one would find the
 * candidate exactly as good as stable, whatever it does.
 */
export function renderQueries(question: SloQuestion): ObjectiveQueries {
  const candidate = renderSide(question, question.candidate);
  if (question.stable === undefined) return { candidate };
  const stable = renderSide(question, question.stable);
  for (const kind of ['bad', 'total'] as const) {
    if (candidate[kind] === stable[kind])
      throw new QueryError(
        'QueryInvalid',
        `query ${kind}: is the same for candidate and stable; select the pods with pod=~"$pods"`,
      );
  }
  return { candidate, stable };
}

function renderSide(question: SloQuestion, side: Side): SideQueries {
  const { bad, total } = question.objective.ratioMetric ?? {};
  if (!bad || !total)
    throw new QueryError('QueryInvalid', 'only ratioMetric with bad and total is supported');
  return {
    bad: render('bad', bad.query, question, side),
    total: render('total', total.query, question, side),
  };
}

function render(kind: CountKind, template: string, question: SloQuestion, side: Side): string {
  try {
    return renderQuery(template, {
      namespace: question.namespace,
      workload: question.workload,
      track: side.track,
      pods: side.pods,
      digest: question.digest,
      window: `${question.windowSeconds}s`,
    });
  } catch (error) {
    throw error instanceof QueryError ? error.within(`query ${kind}`) : error;
  }
}
