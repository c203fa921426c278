import { known, type Reading, unknown } from '../../domain/reading.ts';
import type { FoundObjective, ObjectiveRef, ObjectiveTranslator } from '../../ports/objective-reader.ts';
import { fromOpenSlo } from './openslo.ts';
import { fromPyrra } from './pyrra.ts';
import { fromSloth } from './sloth.ts';
import { TranslationError } from './translation-error.ts';

type Translation = (object: unknown, ref: ObjectiveRef) => FoundObjective;

const TRANSLATIONS: Readonly<Record<ObjectiveRef['kind'], Translation>> = {
  PrometheusServiceLevel: fromSloth,
  ServiceLevelObjective: fromPyrra,
  ConfigMap: fromOpenSlo,
};

/** Understands what Sloth, Pyrra and OpenSLO write. What is not understood is unknown, with the remedy. */
export const translateObjective: ObjectiveTranslator = (object, ref): Reading<FoundObjective> => {
  try {
    return known(TRANSLATIONS[ref.kind](object, ref));
  } catch (error) {
    if (!(error instanceof TranslationError)) throw error;
    return unknown(error.reason, error.message);
  }
};
