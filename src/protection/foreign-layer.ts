import type { Descriptor } from '../ports/registry.ts';

const FOREIGN = /nondistributable|foreign/;

/** A layer that registries need not have, for everybody fetches it elsewhere: of Windows, as it used to be. */
export const isForeign = ({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean => FOREIGN.test(mediaType);
