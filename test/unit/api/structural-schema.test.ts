import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SchemaError, toStructuralSchema } from '../../../src/api/structural-schema.ts';

const described = { description: 'A field.' };
const bounded = () => z.string().max(8);

describe('what the API server takes', () => {
  it('writes keywords in one order, whatever zod does', () => {
    const schema = toStructuralSchema(
      bounded()
        .regex(/^a\/b$/)
        .default('a/b')
        .meta(described),
      '.spec',
    );

    expect(JSON.stringify(schema)).toBe(
      '{"description":"A field.","type":"string","default":"a/b","maxLength":8,"pattern":"^a/b$"}',
    );
  });

  it('keeps a field with a default optional', () => {
    const schema = toStructuralSchema(
      z.object({ given: bounded().meta(described), assumed: bounded().default('a').meta(described) }),
      '.spec',
    );

    expect(schema).toMatchObject({ required: ['given'], properties: { assumed: { default: 'a' } } });
  });

  it('leaves out the bounds of a safe integer and keeps real ones', () => {
    expect(toStructuralSchema(z.int(), '.a')).toEqual({ type: 'integer' });
    expect(toStructuralSchema(z.int().min(0).max(9), '.a')).toEqual({
      type: 'integer',
      minimum: 0,
      maximum: 9,
    });
  });

  it('leaves the expression of a date to its format', () => {
    expect(toStructuralSchema(z.iso.datetime().max(32), '.at')).toEqual({
      type: 'string',
      format: 'date-time',
      maxLength: 32,
    });
  });

  it('keeps unknown fields where it is told to', () => {
    const anything = { ...described, maxProperties: 4, 'x-kubernetes-preserve-unknown-fields': true };

    expect(toStructuralSchema(z.record(bounded(), z.unknown()).meta(anything), '.spec')).toEqual({
      type: 'object',
      ...anything,
    });
  });

  it('writes a map with bounded values', () => {
    expect(toStructuralSchema(z.record(z.string(), bounded()).meta({ maxProperties: 4 }), '.spec')).toEqual({
      type: 'object',
      maxProperties: 4,
      additionalProperties: { type: 'string', maxLength: 8 },
    });
  });
});

describe('what the API server refuses', () => {
  const field = (schema: z.ZodType) => z.object({ field: schema.meta(described) });
  const refused: readonly (readonly [string, z.ZodType, string])[] = [
    ['a union', field(z.union([bounded(), z.int()])), '.spec.field: the API server refuses anyOf'],
    [
      'a discriminated union',
      field(z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })])),
      '.spec.field: the API server refuses oneOf',
    ],
    ['an intersection', field(z.intersection(bounded(), bounded())), 'refuses allOf'],
    ['a strict object', field(z.strictObject({ a: z.boolean().meta(described) })), 'beside properties'],
    ['a reference', field(bounded().meta({ id: 'Name' })), 'the API server refuses definitions'],
    ['a tuple', field(z.tuple([bounded()])), '.spec.field'],
    ['a nullable field', field(bounded().nullable()), '.spec.field: the API server refuses nullable'],
    ['look-ahead', field(bounded().regex(/^(?!a)/)), '.spec.field: RE2 cannot match ^(?!a)'],
    ['a back reference', field(bounded().regex(/^(a)\1$/)), '.spec.field: RE2 cannot match ^(a)\\1$'],
    ['a field of any type', field(z.unknown()), '.spec.field: has no type'],
    ['an unbounded string', field(z.string()), '.spec.field: has no maxLength'],
    ['an unbounded item', field(z.array(z.string()).max(1)), '.spec.field[]: has no maxLength'],
    ['an unbounded array', field(z.array(bounded())), '.spec.field: has no maxItems'],
    ['an unbounded map', field(z.record(z.string(), bounded())), '.spec.field: has no maxProperties'],
    [
      'an unbounded value',
      field(z.record(z.string(), z.string()).meta({ maxProperties: 1 })),
      '.spec.field{}',
    ],
    ['a field without description', z.object({ field: bounded() }), '.spec.field: has no description'],
    [
      'a nested field without description',
      field(z.array(z.object({ name: bounded() })).max(1)),
      '.spec.field[].name: has no description',
    ],
  ];

  it.each(refused)('%s', (_what, schema, message) => {
    const convert = () => toStructuralSchema(schema, '.spec');

    expect(convert).toThrow(SchemaError);
    expect(convert).toThrow(message);
  });

  it.each([
    ['a date', z.date()],
    ['a bigint', z.bigint()],
    ['a check of our own', z.custom<string>()],
  ])('%s, which JSON cannot hold', (_what, schema) => {
    expect(() => toStructuralSchema(schema, '.spec')).toThrow();
  });
});
