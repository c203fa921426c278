import { z } from 'zod';
import { oneLine } from '../http/one-line.ts';
import { QueryError, TransientQueryError } from './query-error.ts';

/** A time in seconds since 1970 and a number as text, which may be NaN or +Inf. */
const Sample = z.tuple([z.number(), z.string()]);

const Series = z.object({
  metric: z.record(z.string(), z.string()),
  /** Absent in a native histogram. */
  value: Sample.optional(),
});

const InstantResult = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: Sample }),
  z.object({ resultType: z.literal('vector'), result: z.array(Series) }),
  z.object({ resultType: z.enum(['matrix', 'string']) }),
]);

const RangeSeries = z.object({
  metric: Series.shape.metric,
  values: z.array(Sample).default([]),
  /** Of a native histogram, in place of values or between them. */
  histograms: z.array(z.unknown()).default([]),
});

/** A range query of anything else is refused by Prometheus itself. */
const RangeResult = z.object({ resultType: z.literal('matrix'), result: z.array(RangeSeries) });

const successOf = <T extends z.ZodType>(data: T) =>
  z.object({ status: z.literal('success'), data, warnings: z.array(z.string()).default([]) });

const InstantSuccess = successOf(InstantResult);
const RangeSuccess = successOf(RangeResult);

const Failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/** What queries yield. Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export type InstantResult = z.infer<typeof InstantResult>;
export type RangeResult = z.infer<typeof RangeResult>;

/** A result, and what Prometheus warns about, e.g. a store that could not be asked. */
export interface QueryAnswer<T> {
  readonly result: T;
  readonly warnings: readonly string[];
}

/** A store that could not be asked leaves an answer empty as well: nothing is no zero then. */
export const hasWarnings = ({ warnings }: QueryAnswer<unknown>): boolean => warnings.length > 0;

/** Status conditions keep about 1,000 characters, and four queries share them. */
const MAX_MESSAGE_LENGTH = 300;

/** Remedies for refusals by what is in front of Prometheus, or by its absence. */
const REMEDIES: Readonly<Record<number, string>> = {
  401: 'check the credentials of the source',
  403: 'these credentials may not query; check their permissions',
  404: 'there is no Prometheus API at this address; check the path of the url',
  429: 'too many queries; raise the interval or the limit of the tenant',
};

/**
 * Reads the body of an answered instant query. Throws QueryError: QueryInvalid with Prometheus's own words for a
 * query that does not parse, QueryFailed for one that fails while it runs or an answer that is none of Prometheus,
 * MetricsUnavailable for everything that says nothing about the query; TransientQueryError of 5xx.
 */
export const parseInstant = (status: number, body: string): QueryAnswer<InstantResult> =>
  parseResponse(InstantSuccess, status, body);

/** The same of a range query. */
export const parseRange = (status: number, body: string): QueryAnswer<RangeResult> =>
  parseResponse(RangeSuccess, status, body);

/** Reads a result. What Prometheus warned about is added to the message of an error: it may be the cause. */
export function readAnswer<T, R>({ result, warnings }: QueryAnswer<T>, read: (result: T) => R): R {
  try {
    return read(result);
  } catch (error) {
    if (!(error instanceof QueryError) || warnings.length === 0) throw error;
    const warning = shorten(warnings.join('; '));
    throw new QueryError(error.reason, `${error.message} (Prometheus warns: ${warning})`, error);
  }
}

interface Success<T> {
  readonly data: T;
  readonly warnings: readonly string[];
}

function parseResponse<T>(success: z.ZodType<Success<T>>, status: number, body: string): QueryAnswer<T> {
  const json = parseJson(body);
  if (status !== 200) throw toError(status, json);
  const answer = success.safeParse(json);
  if (!answer.success)
    throw new QueryError('QueryFailed', 'the answer is not one of Prometheus; check the url of the source');
  return { result: answer.data.data, warnings: answer.data.warnings };
}

function toError(status: number, json: unknown): QueryError {
  const failure = Failure.safeParse(json).data;
  const words = failure === undefined ? '' : `: ${shorten(failure.error)}`;
  if (failure?.errorType === 'bad_data')
    return new QueryError('QueryInvalid', `Prometheus refuses it${words}`);
  if (failure?.errorType === 'execution') return new QueryError('QueryFailed', `it fails as it runs${words}`);
  if (status >= 500) return new TransientQueryError(`Prometheus answers ${status}${words}`);
  if (status >= 300 && status < 400)
    return new QueryError('MetricsUnavailable', `the url redirects (${status}); use the final address`);
  const remedy = REMEDIES[status] === undefined ? words : `; ${REMEDIES[status]}`;
  return new QueryError('MetricsUnavailable', `Prometheus answers ${status}${remedy}`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** One line of at most 300 characters. */
export const shorten = (text: string): string => oneLine(text, MAX_MESSAGE_LENGTH);
