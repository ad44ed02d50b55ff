import pino from "pino";

/** Structured lines on standard error, as standard output is the command's own; records never go in, their text is private. */
export const log = pino(
  { name: "kinesis", level: process.env["LOG_LEVEL"] ?? "info", base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ fd: 2, sync: true }),
);
