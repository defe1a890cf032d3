const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The time of day of a moment as a time field has it: 22:41. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The next moment after `after` at which clocks here show `time`; null if that is no time. */
export function nextAt(time: string, after: number): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const at = new Date(after);
  at.setHours(Number(hours), Number(minutes), 0, 0);
  if (at.getTime() <= after) at.setTime(at.getTime() + DAY_MS);
  return at.getTime();
}
