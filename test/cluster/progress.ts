/** Told what a slow start is doing; each message replaces the one before. */
export type OnProgress = (message: string) => void;

const PLAIN_LINE_INTERVAL_MS = 10_000;

/** One line that rewrites itself on a terminal; in a log, a line every ten seconds at most. */
export function progressOnStderr(): OnProgress {
  if (process.stderr.isTTY) {
    return (message) => process.stderr.write(`\r\x1b[K${message}`);
  }
  let topic = '';
  let lastWrite = 0;
  return (message) => {
    const [newTopic = message] = message.split(':');
    if (newTopic === topic && Date.now() - lastWrite < PLAIN_LINE_INTERVAL_MS) return;
    topic = newTopic;
    lastWrite = Date.now();
    process.stderr.write(`${message}\n`);
  };
}

/** Ends the line that a terminal's progress left open. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
