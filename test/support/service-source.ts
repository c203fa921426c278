import type { Count } from '../../src/domain/evidence/count.ts';
import { sumCounts } from '../../src/domain/evidence/count.ts';
import { known, type Reading } from '../../src/domain/reading.ts';
import type { ServiceQuestion, ServiceSource } from '../../src/ports/service-source.ts';

export type SlicesQuestion = Parameters<ServiceSource['slices']>[0];

/** A service that is counted in slices, whatever is asked, and as a whole as its slices together by default. */
export const serviceSource = (
  slices: (question: SlicesQuestion) => Reading<readonly Count[]>,
  counts: (question: ServiceQuestion) => Reading<Count> = (question) => {
    const all = slices({ ...question, sliceSeconds: question.windowSeconds });
    return all.known ? known(sumCounts(all.value)) : all;
  },
): ServiceSource => ({
  slices: async (question) => slices(question),
  counts: async (question) => counts(question),
});
