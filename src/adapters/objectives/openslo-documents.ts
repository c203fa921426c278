import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { ObjectiveRef } from '../../ports/objective-reader.ts';
import { oneLine } from '../http/one-line.ts';
import { readShape } from './read-shape.ts';
import { TranslationError, within } from './translation-error.ts';

/** Characters of one key: several hundred SLOs. */
const MAX_TEXT_LENGTH = 131_072;

const MAX_PROBLEM_LENGTH = 200;

const ConfigMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

const Header = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
});

/** One object of OpenSLO, of which only the head has been looked at. */
export interface OpenSloDocument {
  readonly kind: string;
  readonly name: string;
  readonly content: unknown;
}

/** OpenSLO v1 in a ConfigMap. */
export interface OpenSloDocuments {
  /** Under the key that was asked for, or the only one. What is of another API is not among them. */
  readonly asked: readonly OpenSloDocument[];
  /** Under all keys, as far as they are OpenSLO. */
  all(): readonly OpenSloDocument[];
}

/**
 * Throws TranslationError: ObjectiveNotFound for a key that is not there, ObjectiveInvalid for what is too long or no
 * YAML, NotSupported where there is OpenSLO, but of another version only.
 */
export function openSloDocuments(configMap: unknown, { key }: ObjectiveRef): OpenSloDocuments {
  const { data } = readShape(ConfigMap, configMap);
  const chosen = keyOf(Object.keys(data), key);
  return {
    asked: within(`key ${chosen}`, () => documentsOf(data[chosen] ?? '')),
    all: () => Object.values(data).flatMap(documentsIfAny),
  };
}

function documentsOf(text: string): readonly OpenSloDocument[] {
  const objects = yamlDocuments(text).flatMap((content) => {
    const header = Header.safeParse(content).data;
    return header?.apiVersion.startsWith('openslo') ? [{ ...header, content }] : [];
  });
  const v1 = objects.filter(({ apiVersion }) => apiVersion === 'openslo/v1');
  const [other] = objects;
  if (v1.length === 0 && other)
    throw new TranslationError('NotSupported', `is ${other.apiVersion}; only openslo/v1 is understood`);
  return v1.map(({ kind, metadata: { name }, content }) => ({ kind, name, content }));
}

/** Nobody has asked for what is under another key, so that what is no OpenSLO there is nobody's mistake. */
function documentsIfAny(text: string): readonly OpenSloDocument[] {
  try {
    return documentsOf(text);
  } catch (error) {
    if (error instanceof TranslationError) return [];
    throw error;
  }
}

function keyOf(keys: readonly string[], asked: string | undefined): string {
  const [only, ...others] = asked === undefined ? keys : keys.filter((key) => key === asked);
  if (only !== undefined && others.length === 0) return only;
  const why = asked === undefined ? 'name one in objectiveRef.key' : `there is no key ${asked}`;
  const there = keys.length === 0 ? 'it is empty' : `its keys are ${keys.slice(0, 10).join(', ')}`;
  throw new TranslationError('ObjectiveNotFound', `${why}; ${there}`);
}

function yamlDocuments(text: string): readonly unknown[] {
  if (text.length > MAX_TEXT_LENGTH)
    throw new TranslationError(
      'ObjectiveInvalid',
      `has ${text.length} characters, more than ${MAX_TEXT_LENGTH}; give the SLO a key of its own`,
    );
  try {
    return [...parseAllDocuments(text)].map((document) => {
      const [error] = document.errors;
      if (error) throw error;
      return document.toJS();
    });
  } catch (error) {
    // Also for nesting that is too deep, and for aliases that multiply.
    const why = error instanceof Error ? oneLine(error.message, MAX_PROBLEM_LENGTH) : String(error);
    throw new TranslationError('ObjectiveInvalid', `is no YAML: ${why}`, error);
  }
}
