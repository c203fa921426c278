import type { Severity } from '../../../api/attestation-spec.ts';
import { UnreadableError } from './unreadable.ts';

/** The words of scanners and vendors. */
const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
  minor: 'low',
  negligible: 'low',
  none: 'low',
  unknown: 'unknown',
  unspecified: 'unknown',
  '': 'unknown',
};

/** A word that nobody told us is no reason to let something pass. */
export function severityOfWord(word: string): Severity {
  const key = word.toLowerCase();
  const severity = Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
  if (severity === undefined) throw new UnreadableError(`a severity of ${JSON.stringify(word.slice(0, 40))}`);
  return severity;
}

/** The cuts of CVSS 3: from 9, 7, 4. */
export function severityOfScore(score: number): Severity {
  if (!(score >= 0 && score <= 10)) throw new UnreadableError(`a severity score of ${score}`);
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}
