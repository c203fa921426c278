import { RegistryProtection } from '../../api/protection-spec.ts';
import type { RegistryTerms, StoredRegistry } from '../../ports/registry-configuration.ts';
import { byRegistry } from './registry-directory.ts';

const DEFAULT_TERMS: RegistryTerms = { protection: RegistryProtection.parse({}), mirrors: [] };

/** What the platform says of the protection in each registry, by the ArtifactRegistries that there are. */
export class RegistryTermsDirectory {
  readonly #registries: () => readonly StoredRegistry[];
  #terms: ReadonlyMap<string, RegistryTerms> | undefined;

  constructor(registries: () => readonly StoredRegistry[]) {
    this.#registries = registries;
  }

  /** `registry` by its normalized name. */
  readonly termsOf = (registry: string): RegistryTerms => {
    this.#terms ??= new Map(
      [...byRegistry(this.#registries())].map(([host, stored]) => [host, toTerms(stored)]),
    );
    return this.#terms.get(registry) ?? DEFAULT_TERMS;
  };

  /** An ArtifactRegistry has come, changed or gone. */
  invalidate(): void {
    this.#terms = undefined;
  }
}

function toTerms({ understood }: StoredRegistry): RegistryTerms {
  if (!understood.valid) {
    const problem = `ArtifactRegistry ${understood.name} is not understood: ${understood.problem}`;
    return { ...DEFAULT_TERMS, problem };
  }
  const { mirrors = [], protection } = understood.value.spec;
  return { protection, mirrors: mirrors.map(({ location }) => location) };
}
