import type { Status } from '../../../src/api/artifact-release-status.ts';
import { table } from '../../../src/cli/table.ts';
import { clockTime } from '../../../src/domain/time.ts';

const COLOURS: Partial<Record<Status['phase'], number>> = {
  Healthy: 32,
  Baking: 36,
  Promoting: 36,
  Progressing: 34,
  Holding: 33,
  Paused: 33,
  RollingBack: 31,
  RolledBack: 31,
};

/** The live story on stdout: a line whenever the status says something new. Colours on a terminal only. */
export class Timeline {
  #last = '';

  title(text: string): void {
    process.stdout.write(`\n${paint(1, text)}\n`);
  }

  note(text: string): void {
    process.stdout.write(`          ${paint(2, text)}\n`);
  }

  table(rows: readonly (readonly string[])[]): void {
    process.stdout.write(table(rows));
  }

  show({ phase, message, candidate }: Status): void {
    if (message === this.#last) return;
    this.#last = message;
    const weight = candidate ? `${candidate.weight}%`.padStart(4) : '    ';
    const label = paint(COLOURS[phase] ?? 0, phase.padEnd(11));
    process.stdout.write(`${clockTime(new Date())} ${label} ${weight}  ${message}\n`);
  }
}

const paint = (colour: number, text: string): string =>
  process.stdout.isTTY && colour > 0 ? `\x1b[${colour}m${text}\x1b[0m` : text;
