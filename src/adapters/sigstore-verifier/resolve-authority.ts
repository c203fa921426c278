import type { Authority } from '../../api/authority-spec.ts';
import type { Doubtful } from '../../domain/verification/case-file.ts';
import { type AuthorityId, authorityId } from '../../domain/verification/evidence.ts';
import type { AuthorityMaterial, ReadAuthority } from '../../ports/evidence-collector.ts';
import type { ResolvedAuthority } from './authority.ts';

/**
 * The authority with its defaults: certificates are checked with the public-good root unless another one is named, and
 * must be in a log; keys need neither, unless that is asked for. Whoever does not need that root does not ask for it.
 * Throws when what it names was not given.
 */
export function resolveAuthority(
  policy: string,
  { name, key, keyless, ctlog, rfc3161timestamp }: Authority,
  material: AuthorityMaterial,
  publicGoodRoot: () => string,
): ResolvedAuthority {
  const logRequired = ctlog?.required ?? keyless !== undefined;
  const timestampRequired = rfc3161timestamp?.required ?? false;
  const common = { id: authorityId(policy, name), logRequired, timestampRequired };
  const named = (key ?? keyless)?.trustRootRef;
  if (named && material.trustedRoot === undefined) throw new Error(`${named.name} holds no trusted root`);
  if (keyless) {
    const { identities, insecureIgnoreSCT: ignoreSct } = keyless;
    const trustedRoot = material.trustedRoot ?? publicGoodRoot();
    return { ...common, trust: { kind: 'Keyless', identities, trustedRoot, ignoreSct } };
  }
  const pem = key?.data ?? material.pem;
  if (pem === undefined) throw new Error(`${key?.secretRef?.name ?? name} holds no public key`);
  const trustedRoot =
    material.trustedRoot ?? (logRequired || timestampRequired ? publicGoodRoot() : undefined);
  return {
    ...common,
    trust: {
      kind: 'Key',
      pem,
      ...(key?.hashAlgorithm && { hashAlgorithm: key.hashAlgorithm }),
      ...(trustedRoot !== undefined && { trustedRoot }),
    },
  };
}

/** What cannot be resolved, for what it names is not there, is unavailable; the others are asked all the same. */
export function resolveAll(asked: readonly ReadAuthority[], publicGoodRoot: () => string) {
  const authorities: ResolvedAuthority[] = [];
  const unavailable = new Map<AuthorityId, Doubtful>();
  for (const { policy, authority, material } of asked) {
    try {
      authorities.push(resolveAuthority(policy, authority, material, publicGoodRoot));
    } catch (error) {
      const reason = authority.keyless ? 'TrustRootUnavailable' : 'KeyUnavailable';
      unavailable.set(authorityId(policy, authority.name), {
        reason,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return { authorities, unavailable };
}
