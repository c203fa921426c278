/**
 * A Kubernetes MicroTime, always with six digits: `2025-01-02T03:04:05.678000Z`.
 * The API server refuses the three digits of `toISOString` in Leases and Events.
 */
export function toMicroTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
