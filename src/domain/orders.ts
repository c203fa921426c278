import { COMMANDS, type Command, commandAnnotation, type ReleaseMetadata } from '../api/artifact-release.ts';

/** A command that a person has left on a release. */
export interface PendingOrder {
  readonly command: Command;
  readonly annotation: string;
  /** The digest that is meant, as it was written. */
  readonly digest: string;
  /** How status notes that it was acted upon: with its value, so that a newer one is not taken for the old one. */
  readonly mark: string;
}

/** Fits what the schema of `status.acted` allows, and still tells any two digests apart. */
const MARK_LENGTH = 63;

const ANNOTATED = COMMANDS.map((command) => ({ command, annotation: commandAnnotation(command) }));

export function pendingOrders({ annotations }: ReleaseMetadata): readonly PendingOrder[] {
  return ANNOTATED.flatMap(({ command, annotation }) => {
    const digest = annotations[annotation]?.trim();
    if (digest === undefined) return [];
    return [{ command, annotation, digest, mark: `${command}=${digest}`.slice(0, MARK_LENGTH) }];
  });
}
