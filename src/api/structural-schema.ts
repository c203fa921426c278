import { z } from 'zod';

/**
 * The part of OpenAPI v3 that the API server takes in a CustomResourceDefinition, in the order in which it is
 * written out. A keyword that is not here (`$ref`, `oneOf`, `const`, …) is refused, because the API server refuses
 * it too, only much later and on somebody's cluster.
 */
const KEYWORDS = [
  'description',
  'type',
  'format',
  'enum',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
  'items',
  'properties',
  'additionalProperties',
] as const;

export type Keyword = (typeof KEYWORDS)[number];

export interface StructuralSchema extends Readonly<Partial<Record<Keyword, unknown>>> {
  readonly items?: StructuralSchema;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

export class SchemaError extends Error {
  override readonly name = 'SchemaError';

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

/**
 * The schema as the API server wants it. `path` is where the schema stands in the object, e.g. `.spec`.
 * `io: 'input'` keeps fields with a default optional and leaves out `additionalProperties: false`.
 */
export function toStructuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  const draft = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  });
  return structure(draft, path);
}

function structure(draft: JsonSchema, path: string): StructuralSchema {
  const schema = withoutJavaScript(draft, path);
  const unknown = Object.keys(schema).find((key) => !KEYWORDS.some((keyword) => keyword === key));
  if (unknown !== undefined) throw new SchemaError(path, `the API server refuses ${unknown}`);
  requireTypeAndBounds(schema, path);

  const structured: Readonly<Record<string, unknown>> = { ...schema, ...children(schema, path) };
  return Object.fromEntries(
    KEYWORDS.filter((key) => structured[key] !== undefined).map((key) => [key, structured[key]]),
  );
}

function children(schema: JsonSchema, path: string): Pick<StructuralSchema, 'items' | 'properties'> {
  const { items, properties, additionalProperties } = schema;
  if (Array.isArray(items)) throw new SchemaError(path, 'the API server refuses a list of items');
  if (properties !== undefined && additionalProperties !== undefined) {
    throw new SchemaError(path, 'the API server refuses additionalProperties beside properties');
  }
  return {
    ...(isSchema(items) && { items: structure(items, `${path}[]`) }),
    ...(properties !== undefined && { properties: structureProperties(properties, path) }),
    ...(isSchema(additionalProperties) && {
      additionalProperties: structure(additionalProperties, `${path}{}`),
    }),
  };
}

function structureProperties(
  properties: NonNullable<JsonSchema['properties']>,
  path: string,
): Record<string, StructuralSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const at = `${path}.${name}`;
      if (!isSchema(property)) throw new SchemaError(at, 'the API server refuses a boolean schema');
      // `kubectl explain` is the manual that everybody has at hand.
      if (property.description === undefined) throw new SchemaError(at, 'has no description');
      return [name, structure(property, at)];
    }),
  );
}

/**
 * Zod writes its own checks down too. The bounds of a safe integer are noise, and the expression of a date is
 * said by `format` already. A field that keeps whatever is in it needs no schema for the rest.
 */
function withoutJavaScript(draft: JsonSchema, path: string): JsonSchema {
  const schema = { ...draft };
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) delete schema.additionalProperties;
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.pattern !== undefined) schema.pattern = toRe2(schema.pattern, path);
  return schema;
}

/** The API server matches with RE2, which has neither look-around nor back references. */
function toRe2(pattern: string, path: string): string {
  if (/\(\?[=!<]|\\[1-9]/.test(pattern)) throw new SchemaError(path, `RE2 cannot match ${pattern}`);
  // JavaScript escapes the slash that ends its literals; RE2 has no literals.
  return pattern.replaceAll('\\/', '/');
}

/** The API server bounds the cost of a CEL rule by the largest object that the schema lets through. */
function requireTypeAndBounds(schema: JsonSchema, path: string): void {
  switch (schema.type) {
    case undefined:
      if (schema['x-kubernetes-preserve-unknown-fields'] !== true) throw new SchemaError(path, 'has no type');
      return;
    case 'string':
      if (schema.maxLength === undefined && schema.enum === undefined) {
        throw new SchemaError(path, 'has no maxLength');
      }
      return;
    case 'array':
      if (schema.maxItems === undefined) throw new SchemaError(path, 'has no maxItems');
      return;
    case 'object':
      if (schema.properties === undefined && schema.maxProperties === undefined) {
        throw new SchemaError(path, 'has no maxProperties');
      }
      return;
    default:
      return;
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
