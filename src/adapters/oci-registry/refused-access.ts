import { RegistryError } from '../../ports/registry-error.ts';
import type { Credential } from './credential.ts';
import type { Operation } from './http-exchange.ts';
import { isWrite } from './write-failure.ts';

type Credentials = readonly (Credential | undefined)[];

/** A credential is known, and may not do this. */
export const forbidden = (refusal: RegistryError): RegistryError =>
  new RegistryError('Forbidden', refusal.message, { cause: refusal.cause });

/** Whether another credential may fare better. */
export const isOfCredential = ({ reason }: RegistryError): boolean =>
  reason === 'Unauthorized' || reason === 'Forbidden';

/**
 * No credential was accepted: which ones were tried, and what to do about it. Forbidden only for a write, once a
 * credential is known to the registry: whoever may not read is told to look at the credential in either case.
 */
export function refusedAccess(
  operation: Operation,
  refusals: readonly RegistryError[],
  credentials: Credentials,
  problems: readonly string[],
): RegistryError {
  const tried = [...new Set(credentials.flatMap((credential) => credential?.origin ?? []))];
  const isForbidden = ({ reason }: RegistryError) => reason === 'Forbidden';
  const lacking = isWrite(operation) && tried.length > 0 ? refusals.find(isForbidden) : undefined;
  const cause = lacking ?? refusals[0];
  const remedy =
    tried.length === 0
      ? 'no credentials match this repository; add a Secret to imagePullSecrets'
      : `tried with ${tried.join(', ')}; ${remedyOf(operation, lacking !== undefined)}`;
  const message = [cause?.message, remedy, ...problems].filter(Boolean).join('; ');
  return new RegistryError(lacking === undefined ? 'Unauthorized' : 'Forbidden', message, { cause });
}

function remedyOf(operation: Operation, isKnown: boolean): string {
  const right = operation === 'delete' ? 'delete' : isWrite(operation) ? 'push' : 'pull';
  return isKnown
    ? `give it the right to ${right}, or name other credentials in the ArtifactRegistry`
    : `check that it may ${right} and has not expired`;
}
