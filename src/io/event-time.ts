/**
 * Event time of a source that reads records in order, as pure functions. All times are milliseconds since the epoch.
 */

interface Disorder {
  /** Time that a record may be behind the newest event time before it without being late. */
  readonly allowedDisorderMs: number;
}

/**
 * The watermark once this record is taken: the newest event time less the disorder, never back. An event time ahead of
 * the arrival counts as the arrival, or one wrong clock would make everyone else's messages too late.
 */
export function afterRecordMs(
  watermarkMs: number,
  eventMs: number,
  arrivalMs: number,
  { allowedDisorderMs }: Disorder,
): number {
  return Math.max(watermarkMs, Math.min(eventMs, arrivalMs) - allowedDisorderMs);
}

/**
 * True when the runner would drop this record: its own session window [event time, event time + gap) has then passed,
 * and Beam drops by the element's own window, before any merge with a later one.
 */
export function isTooLate(eventMs: number, gapMs: number, reportedWatermarkMs: number): boolean {
  return eventMs + gapMs <= reportedWatermarkMs;
}
