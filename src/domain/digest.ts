import { createHash } from 'node:crypto';
import type { Digest } from '../api/scalars.ts';

export interface ImageReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const REFERENCE =
  /^([^@]+?)(?::([A-Za-z0-9_][\w.-]{0,127}))?(?:@((?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})))?$/;

/** Splits `repository[:tag][@digest]`; undefined for anything else. The port of a registry host is not a tag. */
export function parseImage(image: string): ImageReference | undefined {
  const match = REFERENCE.exec(image);
  if (!match?.[1]) return undefined;
  const [, repository, tag, digest] = match;
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The only form in which this operator ever writes an image. */
export const pinnedImage = (repository: string, digest: Digest): string => `${repository}@${digest}`;

/** Whether an image is written at this digest, whatever its repository. */
export const isAt = (image: string, digest: Digest): boolean => image.endsWith(`@${digest}`);

/** The digest behind a running container, from the `imageID` that its kubelet reports; undefined before the pull. */
export function digestOfImageId(imageId: string): Digest | undefined {
  return parseImage(imageId.replace(/^[a-z-]+:\/\//, ''))?.digest;
}

/** `sha256` or `sha512`. */
export const algorithmOf = (digest: Digest): string => digest.slice(0, digest.indexOf(':'));

/** Whether these bytes are the ones that the digest names. */
export const isDigestOf = (digest: Digest, bytes: Uint8Array): boolean =>
  createHash(algorithmOf(digest)).update(bytes).digest('hex') === hexOf(digest);

/** Without the algorithm. */
export const hexOf = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

/** First 8 hex digits, for people and printer columns. */
export const shortDigest = (digest: Digest): string => hexOf(digest).slice(0, 8);

/** First 16 hex digits: a label value. */
export const digestLabel = (digest: Digest): string => hexOf(digest).slice(0, 16);

/** First 12 hex digits: the fewest by which a digest is looked up. */
export const digestPrefix = (digest: Digest): string => hexOf(digest).slice(0, 12);
