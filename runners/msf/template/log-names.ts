/** The log group of the application with this name. */
export function logGroupName(application: string): string {
  return `/aws/kinesis-analytics/${application}`;
}

export const LOG_STREAM = "application";
