/** Which object an event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** What happened, as `kubectl describe` shows it. */
export interface KubeEvent {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters: why, for machines. */
  readonly reason: string;
  /** CamelCase, at most 128 characters: what was done about it. */
  readonly action: string;
  /** For people; cut to 1 kB. Never put secrets into it. */
  readonly note: string;
}

/** The API server's limit on a note, in bytes. */
const MAX_NOTE_BYTES = 1024;
const ELLIPSIS = '…';

/** Cuts `text` to what a note may hold, between two characters. */
export function truncateNote(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.byteLength <= MAX_NOTE_BYTES) return text;
  let end = MAX_NOTE_BYTES - Buffer.byteLength(ELLIPSIS);
  // 10xxxxxx continues a character: step back to where the cut one begins.
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end) + ELLIPSIS;
}
