import { TranslationError } from './translation-error.ts';

/** The SLO of that name, or the only one. Throws TranslationError ObjectiveNotFound, with the names that are there. */
export function pickSlo<T extends { readonly name: string }>(
  slos: readonly T[],
  name: string | undefined,
): T {
  const [only, ...others] = name === undefined ? slos : slos.filter((slo) => slo.name === name);
  if (only && others.length === 0) return only;
  const names = slos.map((slo) => slo.name).join(', ');
  throw new TranslationError(
    'ObjectiveNotFound',
    slos.length === 0
      ? 'there is no SLO in it'
      : only
        ? `there are several SLOs in it; name one of ${names} in objectiveRef.slo`
        : `there is no SLO ${name} in it, but ${names}`,
  );
}
