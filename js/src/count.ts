// Counts that only the page knows; the kernel sends all other words ready-made.

/** A count with thousands separators, as in the static outputs. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
