/** Of an application's log, by its name. */
export function logGroupName(application: string): string {
  return `/aws/kinesis-analytics/${application}`;
}

export const LOG_STREAM = "application";
