import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };

const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev';

/** The trusted root of the public-good instance as it was when the package was made; needs no network. */
export const publicGoodRoot = (): string =>
  Buffer.from(seeds[PUBLIC_GOOD].targets['trusted_root.json'], 'base64').toString();
