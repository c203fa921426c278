import type { RegistryAdapter, ReleaseStrategy } from '../../api/protection-spec.ts';
import type { Owner } from './keep-tag.ts';

/** What is known about one kind of registry: data, so that a registry more is a file more. */
export interface RegistryProfile {
  readonly adapter: Exclude<RegistryAdapter, 'Auto'>;
  /** For people. */
  readonly title: string;
  /** Tested against the registry itself; the others are built from its documentation. */
  readonly proven: boolean;
  /** Hosts that can be nothing else. */
  readonly hosts: readonly RegExp[];
  /** How a keep tag is given up, in the order in which it is tried. */
  readonly release: readonly ReleaseStrategy[];
  /** What its own clean-up has to be told so that it spares the tags of these owners; of all where none is named. */
  readonly retentionPolicy: (owners: readonly Owner[]) => RetentionPolicy;
  /** What else people have to know, a sentence each. */
  readonly notes: readonly string[];
}

export interface RetentionPolicy {
  readonly language: 'json' | 'yaml' | 'text';
  /** Where it goes, in words. */
  readonly where: string;
  /** Deletes nothing by itself, so that what is pasted and forgotten does no harm. */
  readonly snippet: string;
}
