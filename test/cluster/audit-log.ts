import { readFile } from 'node:fs/promises';

/** One answered request, as audit.k8s.io/v1 has it at level Metadata. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  /** Absent where the client sent none. */
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: {
    /** Absent for the core group. */
    readonly apiGroup?: string;
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  /** Why it was let through or not, by the name of who decided. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All requests so far, in the order of their answers; a watch is there twice, when it starts and when it ends. */
export async function readAuditLog(path: string): Promise<readonly AuditEvent[]> {
  const log = await readFile(path, 'utf8');
  // What follows the last newline is still being written.
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line): AuditEvent => JSON.parse(line));
}
