import { z } from 'zod';

/** A content digest, the only identity of an artifact: `sha256:` + 64 or `sha512:` + 128 lower-case hex digits. */
export const Digest = z
  .string()
  .max(135)
  .regex(/^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/);
export type Digest = z.infer<typeof Digest>;

/** `host[:port]`: a name with a dot in it or a port behind it, as otherwise it would be part of a path; or localhost. */
const HOST =
  '([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,5})?|localhost(:[0-9]{1,5})?|[a-z0-9-]+:[0-9]{1,5})';
const PATH_SEGMENT = '(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)';

/**
 * A repository with its registry host and without a tag or digest, e.g. `registry.example.com/shop/checkout`.
 * The host is required: an implied default registry is one more thing that can change under a release.
 */
export const Repository = z
  .string()
  .max(255)
  .regex(new RegExp(`^${HOST}${PATH_SEGMENT}+$`));

/** A registry as image references begin, e.g. `registry.example.com:5000`. */
export const RegistryHost = z
  .string()
  .max(255)
  .regex(new RegExp(`^${HOST}$`));

/** A registry, and optionally the beginning of the paths in it, e.g. `mirror.example.com/cache`. */
export const RegistryLocation = z
  .string()
  .max(255)
  .regex(new RegExp(`^${HOST}${PATH_SEGMENT}*$`));

/** A span of time: whole hours, minutes and seconds, e.g. `90s`, `5m`, `1h30m`. Never a sign, never a fraction. */
export const Duration = z
  .string()
  .max(16)
  .regex(/^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$/)
  .min(2);

/** A rolling window of whole hours, days or weeks, e.g. `30d`. */
export const TimeWindow = z
  .string()
  .max(8)
  .regex(/^[1-9][0-9]{0,3}(h|d|w)$/);

/** A decimal number as text, so that no YAML reader turns 99.90 into something else. */
export const Decimal = z
  .string()
  .max(16)
  .regex(/^[0-9]{1,6}(\.[0-9]{1,8})?$/);

export const DnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

export const DnsSubdomain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);

/** A name of an artifact for people, e.g. `1.42.0`. */
export const Version = z.string().max(64);

/** Who did something, as the API server or a tool names them. */
export const Person = z.string().max(128);

export const Timestamp = z.iso.datetime().max(32);

/** CEL rules ride along with the schema; the API server evaluates them, the operator relies on its own parse. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

export const cel = (...rules: readonly CelRule[]): { 'x-kubernetes-validations': readonly CelRule[] } => ({
  'x-kubernetes-validations': rules,
});

/** Says in words what the pattern of a repository only implies, for the mistake that everybody makes once. */
export const NO_TAG_OR_DIGEST: CelRule = {
  rule: "!self.contains('@') && !self.matches(':[^/]*$')",
  message: 'repository must not carry a tag or digest; spec.artifact.digest says what to run',
};

export const longerThanZero = (field: string): ReturnType<typeof cel> =>
  cel({ rule: "duration(self) > duration('0s')", message: `${field} must be longer than 0s` });
