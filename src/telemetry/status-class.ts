/** A class such as `2xx`, or `none` when no response came: codes would multiply the series. */
export function statusClass(status: number | undefined): string {
  return status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
}
