import { z } from 'zod';
import type { SbomFacts } from '../../../domain/verification/predicate-facts.ts';
import { instant, parsed, present, UnreadableError } from './unreadable.ts';

/** One shape for both formats: whether something is there, not what it is. */
interface Component {
  readonly identified: boolean;
  readonly supplier: boolean;
  readonly license: boolean;
  readonly hash: boolean;
}

const SpdxPackage = z.object({
  name: z.string(),
  versionInfo: z.string().optional(),
  supplier: z.string().optional(),
  licenseConcluded: z.string().optional(),
  licenseDeclared: z.string().optional(),
  checksums: z.array(z.unknown()).nullish(),
  externalRefs: z.array(z.object({ referenceType: z.string() })).nullish(),
});

const Spdx = z.object({
  spdxVersion: z.string().regex(/^SPDX-2\.\d+$/),
  creationInfo: z
    .object({ created: z.string().optional(), creators: z.array(z.string()).optional() })
    .optional(),
  packages: z.array(SpdxPackage).nullish(),
  relationships: z.array(z.unknown()).nullish(),
});

interface CycloneComponent {
  readonly name: string;
  readonly version?: string | undefined;
  readonly purl?: string | undefined;
  readonly cpe?: string | undefined;
  readonly supplier?: unknown;
  readonly licenses?: readonly unknown[] | undefined;
  readonly hashes?: readonly unknown[] | undefined;
  readonly components?: readonly unknown[] | undefined;
}

const CycloneComponent: z.ZodType<CycloneComponent> = z.object({
  name: z.string(),
  version: z.string().optional(),
  purl: z.string().optional(),
  cpe: z.string().optional(),
  supplier: z.unknown().optional(),
  licenses: z.array(z.unknown()).optional(),
  hashes: z.array(z.unknown()).optional(),
  components: z.array(z.unknown()).optional(),
});

const Cyclone = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().max(16),
  metadata: z.object({ timestamp: z.string().optional() }).optional(),
  components: z.array(z.unknown()).nullish(),
  dependencies: z.array(z.unknown()).nullish(),
});

/** By its content rather than by the type of the predicate, which cosign takes from its command line. */
export function readSbom(predicate: unknown): SbomFacts {
  const { spdxVersion, bomFormat } = Object(predicate);
  if (spdxVersion !== undefined) return readSpdx(predicate);
  if (bomFormat !== undefined) return readCyclone(predicate);
  throw new UnreadableError('neither SPDX 2 nor CycloneDX as JSON');
}

function readSpdx(predicate: unknown): SbomFacts {
  const { spdxVersion, creationInfo, packages, relationships } = parsed(Spdx, predicate, 'SPDX 2');
  const tool = creationInfo?.creators
    ?.find((creator) => creator.startsWith('Tool: '))
    ?.slice('Tool: '.length);
  return {
    kind: 'Sbom',
    format: 'SPDX',
    specVersion: spdxVersion.slice('SPDX-'.length),
    ...present({ createdAt: instant(creationInfo?.created), tool }),
    hasRelationships: (relationships ?? []).length > 0,
    ...countOf((packages ?? []).map(spdxComponent)),
  };
}

const asserted = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== 'NOASSERTION' && value !== 'NONE';

const spdxComponent = (pkg: z.infer<typeof SpdxPackage>): Component => ({
  identified:
    pkg.name !== '' &&
    asserted(pkg.versionInfo) &&
    (pkg.externalRefs ?? []).some(({ referenceType }) => /^(purl|cpe\d\dType)$/.test(referenceType)),
  supplier: asserted(pkg.supplier),
  license: asserted(pkg.licenseConcluded) || asserted(pkg.licenseDeclared),
  hash: (pkg.checksums ?? []).length > 0,
});

function readCyclone(predicate: unknown): SbomFacts {
  const { specVersion, metadata, components, dependencies } = parsed(Cyclone, predicate, 'CycloneDX');
  return {
    kind: 'Sbom',
    format: 'CycloneDX',
    specVersion,
    ...present({ createdAt: instant(metadata?.timestamp) }),
    hasRelationships: (dependencies ?? []).length > 0,
    ...countOf(flatten(components ?? []).map(cycloneComponent)),
  };
}

/** Components contain components; without recursion, for nothing bounds their depth. */
function flatten(components: readonly unknown[]): readonly CycloneComponent[] {
  const found: CycloneComponent[] = [];
  const pending = [...components];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const component = parsed(CycloneComponent, next, 'a CycloneDX component');
    found.push(component);
    for (const part of component.components ?? []) pending.push(part);
  }
  return found;
}

const cycloneComponent = (component: CycloneComponent): Component => ({
  identified:
    component.name !== '' &&
    asserted(component.version) &&
    (asserted(component.purl) || asserted(component.cpe)),
  supplier: component.supplier !== undefined,
  license: (component.licenses ?? []).length > 0,
  hash: (component.hashes ?? []).length > 0,
});

function countOf(components: readonly Component[]) {
  const count = (has: (component: Component) => boolean) => components.filter(has).length;
  return {
    components: components.length,
    identified: count(({ identified }) => identified),
    withSupplier: count(({ supplier }) => supplier),
    withLicense: count(({ license }) => license),
    withHash: count(({ hash }) => hash),
  };
}
