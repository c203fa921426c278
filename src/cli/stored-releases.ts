import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ArtifactRelease } from '../api/artifact-release.ts';
import { CommandError, EXIT } from './exit-code.ts';

const List = z.object({ items: z.array(z.unknown()) });

/** The releases in what `kubectl get -o yaml` or `-o json` prints, of one or of several. Throws CommandError. */
export function storedReleases(text: string): readonly ArtifactRelease[] {
  const document = parsed(text);
  const list = List.safeParse(document);
  const releases = z.array(ArtifactRelease).safeParse(list.success ? list.data.items : [document]);
  if (releases.success) return releases.data;
  throw new CommandError(
    EXIT.failed,
    `this is no release of this version: ${z.prettifyError(releases.error)}`,
  );
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw new CommandError(EXIT.failed, `this is neither YAML nor JSON: ${cause.message}`, { cause });
  }
}
