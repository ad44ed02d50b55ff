/** The clock of the service beside this machine's: Kinesis judges times by its own, and signatures expire. */
import type { KinesisClient } from "@aws-sdk/client-kinesis";

/** A `Date` header has whole seconds. */
const RESOLUTION_MS = 1_000;

/**
 * Compares the `Date` header of each of a client's answers with this machine's clock. Returns a function that tells how
 * far this machine is ahead, in milliseconds and at least; 0 when it may be right, undefined without an answer so far.
 */
export function watchClock(client: KinesisClient): () => number | undefined {
  let aheadMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentMs = Date.now();
      const result = await next(args);
      const date = (result.response as { headers?: Record<string, string> } | undefined)?.headers?.["date"];
      aheadMs = clockOffsetMs(date, sentMs, Date.now()) ?? aheadMs;
      return result;
    },
    { step: "deserialize", name: "watchClock" },
  );
  return () => aheadMs;
}

/**
 * Milliseconds that this machine is ahead of an answer's `Date`, at least: 0 when a moment between request and answer,
 * both by this machine's clock, fits the header. Undefined without a readable header.
 */
export function clockOffsetMs(date: string | undefined, sentMs: number, answeredMs: number): number | undefined {
  const serviceMs = Date.parse(date ?? "");
  if (Number.isNaN(serviceMs)) return undefined;
  if (sentMs >= serviceMs + RESOLUTION_MS) return sentMs - (serviceMs + RESOLUTION_MS);
  return answeredMs < serviceMs ? answeredMs - serviceMs : 0;
}

/** The sentence about a clock that is off by more than the allowed disorder; undefined when it is right enough. */
export function clockWarning(aheadMs: number, allowedDisorderMs: number | undefined): string | undefined {
  if (allowedDisorderMs === undefined || Math.abs(aheadMs) <= allowedDisorderMs) return undefined;
  const off = `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"}`;
  return `This machine's clock is ${off} Kinesis's, more than --allowed-disorder: set it by NTP, since idle shards close sessions by it`;
}
