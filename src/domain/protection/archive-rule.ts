import type { RegistryProtection } from '../../api/protection-spec.ts';
import { parseRepository } from '../repository-name.ts';

/**
 * Whether digests may be copied there, which is for the platform to say: they are read and written with its credentials,
 * so whoever may create a release could else have them written over what is somebody else's, or carried out of the house.
 */
export const isAllowedArchive = (repository: string, { archives }: RegistryProtection): boolean =>
  archives?.some((location) => repository === location || repository.startsWith(`${location}/`)) === true;

/** Both by their canonical names. */
export const notAllowed = (archive: string, source: string): string =>
  `${archive} is not allowed as an archive: name it, or what it lies below, in spec.protection.archives of the ArtifactRegistry of ${parseRepository(source).registry}`;
