import { z } from 'zod';
import type { VexFacts, VexProduct, VexStatement } from '../../../domain/verification/predicate-facts.ts';
import { instant, parsed, UnreadableError } from './unreadable.ts';

const text = z.string().max(2048);

const Component = z.object({
  '@id': text.optional(),
  identifiers: z.record(z.string(), text).optional(),
  hashes: z.record(z.string(), text).optional(),
});

/** Plain text in the first version of the format. */
const Product = z.union([
  text,
  Component.extend({ subcomponents: z.array(z.union([text, Component])).optional() }),
]);

const Statement = z.object({
  vulnerability: z.union([
    text,
    z.object({ name: text.optional(), '@id': text.optional(), aliases: z.array(text).optional() }),
  ]),
  products: z.array(Product).max(1000).optional(),
  status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
  justification: text.optional(),
  impact_statement: text.optional(),
  timestamp: text.optional(),
});

const Document = z.object({
  '@context': text.regex(/^https:\/\/openvex\.dev\/ns/),
  timestamp: text.optional(),
  statements: z.array(Statement).max(10_000),
});

export function readVex(predicate: unknown): VexFacts {
  const document = parsed(Document, predicate, 'OpenVEX');
  return {
    kind: 'Vex',
    statements: document.statements.map((statement) => toStatement(statement, document.timestamp)),
  };
}

function toStatement(statement: z.infer<typeof Statement>, documentTime: string | undefined): VexStatement {
  const timestamp = instant(statement.timestamp ?? documentTime);
  if (timestamp === undefined) throw new UnreadableError('an OpenVEX statement without a time');
  const { vulnerability } = statement;
  const name =
    typeof vulnerability === 'string' ? vulnerability : (vulnerability.name ?? vulnerability['@id']);
  if (!name) throw new UnreadableError('an OpenVEX statement that names no vulnerability');
  return {
    vulnerability: name,
    aliases: typeof vulnerability === 'string' ? [] : (vulnerability.aliases ?? []),
    status: statement.status,
    justified: Boolean(statement.justification) || Boolean(statement.impact_statement),
    timestamp,
    products: (statement.products ?? []).map(toProduct),
  };
}

function toProduct(product: z.infer<typeof Product>): VexProduct {
  if (typeof product === 'string') return { ids: [product], hashes: [], subcomponents: [] };
  return {
    ids: idsOf(product),
    hashes: Object.values(product.hashes ?? {}),
    subcomponents: (product.subcomponents ?? []).flatMap((one) =>
      typeof one === 'string' ? [one] : idsOf(one),
    ),
  };
}

const idsOf = ({ '@id': id, identifiers = {} }: z.infer<typeof Component>): readonly string[] => [
  ...(id === undefined ? [] : [id]),
  ...Object.values(identifiers),
];
