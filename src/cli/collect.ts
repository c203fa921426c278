import { z } from 'zod';
import { since, spanText } from '../domain/time.ts';
import type { OperatorSource } from './operator-source.ts';
import { joined, ProtectedDocument } from './protected-document.ts';

/** Clocks differ; one that is further ahead makes the age of a list unknown. */
const MAX_AHEAD_MS = 60_000;

/** What one operator says, or why it says nothing. */
export type Reading =
  | { readonly source: string; readonly document: ProtectedDocument }
  | { readonly source: string; readonly problem: string };

/** Asks every operator, about these repositories or about all. Never rejects. */
export const collect = (
  sources: readonly OperatorSource[],
  repositories: readonly string[],
): Promise<readonly Reading[]> => Promise.all(sources.map((source) => readingOf(source, repositories)));

async function readingOf(source: OperatorSource, repositories: readonly string[]): Promise<Reading> {
  try {
    const [first, ...rest] = repositories.length === 0 ? [undefined] : repositories;
    const ask = async (repository: string | undefined) =>
      understood(await source.read(repository), repository);
    const document = joined(await Promise.all([ask(first), ...rest.map(ask)]));
    return { source: source.name, document };
  } catch (error) {
    return { source: source.name, problem: problemOf(error) };
  }
}

/** What is asked for is left, should an operator answer with more. */
function understood(answer: unknown, repository: string | undefined): ProtectedDocument {
  const document = ProtectedDocument.parse(answer);
  const asked = (one: { readonly repository: string }) =>
    repository === undefined || one.repository === repository;
  return { ...document, digests: document.digests.filter(asked) };
}

function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) return `its answer is not understood: ${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** Why nothing may be deleted by these lists; empty if it may. */
export function objections(readings: readonly Reading[], maxAgeMs: number, now: Date): readonly string[] {
  const owners = Map.groupBy(
    readings.filter((reading) => 'document' in reading),
    ({ document }) => document.owner,
  );
  const shared = [...owners].filter(([, of]) => of.length > 1);
  return [
    ...readings.flatMap((reading) => objectionsTo(reading, maxAgeMs, now)),
    ...shared.map(
      ([owner, of]) =>
        `${of.map(({ source }) => source).join(' and ')}: both are the owner ${owner}, so one cluster is named twice, or two give up each other's tags; name each once, and give each cluster an owner of its own`,
    ),
  ];
}

function objectionsTo(reading: Reading, maxAgeMs: number, now: Date): readonly string[] {
  const { source } = reading;
  if ('problem' in reading) return [`${source}: what it protects is not known: ${reading.problem}`];
  const { complete, generatedAt, missing } = reading.document;
  const ahead = Date.parse(generatedAt) - now.getTime();
  const age = since(generatedAt, now);
  const whole = complete && missing.length === 0;
  return [
    ...(whole ? [] : [`${source}: its list is not complete: ${missing.join('; ') || 'it does not say why'}`]),
    ...(age > maxAgeMs
      ? [`${source}: its list is ${spanText(age)} old, and --max-age is ${spanText(maxAgeMs)}`]
      : []),
    ...(ahead > MAX_AHEAD_MS
      ? [`${source}: its list is of ${generatedAt}, which is yet to come; set the clocks right`]
      : []),
  ];
}
