import { RegistryError, type RegistryErrorDetails } from '../../ports/registry-error.ts';

/** The registry was not reached, or broke (5xx): the same request may be answered a moment later. */
export class TransientRegistryError extends RegistryError {
  constructor(message: string, details: RegistryErrorDetails = {}) {
    super('Unavailable', message, details);
  }
}
