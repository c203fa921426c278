import { DnsLabel, Repository } from '../api/scalars.ts';
import { canonicalRepository } from '../domain/repository-name.ts';
import { usageError } from './command.ts';
import { type OperatorSource, parseSource } from './operator-source.ts';

/** The operators that `--from` names; that of the current context where it names none. */
export function sourcesOf(
  command: string,
  from: readonly string[],
  namespace: string,
): readonly OperatorSource[] {
  if (!DnsLabel.safeParse(namespace).success)
    throw usageError(command, `--namespace ${namespace} is not the name of a namespace`);
  const texts = from.length === 0 ? [undefined] : from;
  return texts.map((text) => {
    const source = parseSource(text, namespace);
    if (source !== undefined) return source;
    throw usageError(command, `--from ${text} is neither a URL nor context:<name>`);
  });
}

export function repositoriesOf(command: string, names: readonly string[]): readonly string[] {
  return names.map((name) => {
    if (Repository.safeParse(name).success) return canonicalRepository(name);
    throw usageError(
      command,
      `--repository ${name} is not a repository with its host and without a tag, such as registry.example.com/shop/checkout`,
    );
  });
}
