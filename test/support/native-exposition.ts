import type { HistogramSeries, Labels } from './exposition.ts';

// Native histograms have no text: this is the protobuf format of Prometheus, as far as they need it. Source of the
// numbers of fields: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto

export const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

const HISTOGRAM = 4n;
/** Buckets end at the powers of two. */
const SCHEMA = 0;
const ZERO_THRESHOLD = 1e-6;

/** What a scrape finds, as of `exposition`: each histogram has exponential buckets in place of its boundaries. */
export function nativeExposition(
  all: readonly HistogramSeries[],
  index: number,
  timeMs: number,
): Uint8Array<ArrayBuffer> {
  const families = [...Map.groupBy(all, ({ name }) => name)].map(([name, series]) =>
    Buffer.concat([
      text(1, name),
      number(3, HISTOGRAM),
      ...series.map((one) => message(4, metric(one, index, timeMs))),
    ]),
  );
  return Buffer.concat(families.flatMap((family) => [varint(BigInt(family.length)), family]));
}

const metric = ({ labels, steps }: HistogramSeries, index: number, timeMs: number): Buffer =>
  Buffer.concat([...labelPairs(labels), message(7, histogram(steps, index)), number(6, BigInt(timeMs))]);

const labelPairs = (labels: Labels): readonly Buffer[] =>
  Object.entries(labels).map(([name, value]) => message(1, Buffer.concat([text(1, name), text(2, value)])));

function histogram(steps: HistogramSeries['steps'], index: number): Buffer {
  const counts = new Map<number, number>();
  for (const { latency, requests } of steps) {
    const bucket = Math.ceil(Math.log2(latency));
    counts.set(bucket, (counts.get(bucket) ?? 0) + requests * index);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = steps.reduce((sum, { requests }) => sum + requests, 0) * index;
  const seconds = steps.reduce((sum, { latency, requests }) => sum + latency * requests, 0) * index;
  return Buffer.concat([
    number(1, BigInt(total)),
    double(2, seconds),
    number(5, zigzag(SCHEMA)),
    double(6, ZERO_THRESHOLD),
    // One span for each bucket: its offset is the number of buckets left out since the one before.
    ...buckets.map(([bucket], at) => {
      const before = buckets[at - 1]?.[0];
      const offset = before === undefined ? bucket : bucket - before - 1;
      return message(12, Buffer.concat([number(1, zigzag(offset)), number(2, 1n)]));
    }),
    ...buckets.map(([, count], at) => number(13, zigzag(count - (buckets[at - 1]?.[1] ?? 0)))),
  ]);
}

const tag = (field: number, wireType: number): Buffer => varint(BigInt(field * 8 + wireType));
const number = (field: number, value: bigint): Buffer => Buffer.concat([tag(field, 0), varint(value)]);
const message = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([tag(field, 2), varint(BigInt(bytes.length)), bytes]);
const text = (field: number, value: string): Buffer => message(field, Buffer.from(value));

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), bytes]);
}

const zigzag = (value: number): bigint => BigInt(value < 0 ? -2 * value - 1 : 2 * value);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const last = rest < 128n;
    bytes.push(Number(rest & 127n) | (last ? 0 : 128));
    if (last) return Buffer.from(bytes);
  }
}
