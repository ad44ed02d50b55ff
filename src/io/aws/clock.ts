/** The clocks of services beside this machine's: Kinesis judges times by its own, and signatures expire. */
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Logger } from "pino";

/** A `Date` header has whole seconds. */
const RESOLUTION_MS = 1_000;
/** Two seconds of offset look like one to two, so a judge that tells them from half of it does not flicker. */
const LEAST_TOLD_MS = 2 * RESOLUTION_MS;
/** AWS's words about a signature whose time is more than five minutes away from the service's. */
const REFUSAL =
  /^(?:Signature (?:expired|not yet current)|The difference between the request time and the current time)/;

/**
 * Compares the `Date` header of each of a client's answers with this machine's clock, and hands over how far this
 * machine is ahead, in milliseconds and at least; 0 when it may be right.
 */
export function onClock(client: Pick<KinesisClient, "middlewareStack">, take: TakeClock): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentMs = Date.now();
      const result = await next(args);
      const date = (result.response as { headers?: Record<string, string> } | undefined)?.headers?.["date"];
      const aheadMs = clockOffsetMs(date, sentMs, Date.now());
      if (aheadMs !== undefined) take(aheadMs);
      return result;
    },
    { step: "deserialize", name: "onClock" },
  );
}

/** Watches a client's answers. Returns a function that tells the newest offset, undefined without an answer so far. */
export function watchClock(client: Pick<KinesisClient, "middlewareStack">): () => number | undefined {
  let aheadMs: number | undefined;
  onClock(client, (now) => (aheadMs = now));
  return () => aheadMs;
}

/**
 * Milliseconds that this machine is ahead of an answer's `Date`, at least: 0 when a moment between request and answer,
 * both by this machine's clock, fits the header. Undefined without a readable header.
 */
export function clockOffsetMs(date: unknown, sentMs: number, answeredMs: number): number | undefined {
  const serviceMs = typeof date === "string" ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(serviceMs)) return undefined;
  if (sentMs >= serviceMs + RESOLUTION_MS) return sentMs - (serviceMs + RESOLUTION_MS);
  return answeredMs < serviceMs ? answeredMs - serviceMs : 0;
}

/**
 * Returns the sentence about a clock that is off by more than the allowed disorder; undefined when it is right enough.
 */
export function clockWarning(
  service: string,
  aheadMs: number,
  allowedDisorderMs: number | undefined,
): string | undefined {
  if (allowedDisorderMs === undefined || Math.abs(aheadMs) <= allowedDisorderMs) return undefined;
  return `This machine's clock is ${distance(aheadMs)} ${service}'s, more than --allowed-disorder: set it by NTP, since requests are signed by it, and idle shards close sessions by it`;
}

/** Takes how far this machine is ahead of a service, in milliseconds and at least; 0 when it may be right. */
export type TakeClock = (aheadMs: number) => void;

/**
 * Makes a judge of a service's offsets, one after the other. It returns the sentence when the clock goes off, and again
 * only after the clock has been right: within half of the allowed disorder. Without that, it stays silent.
 */
export function clockJudge(
  service: string,
  allowedDisorderMs: number | undefined,
): (aheadMs: number) => string | undefined {
  let isTold = false;
  const limitMs = allowedDisorderMs === undefined ? undefined : Math.max(allowedDisorderMs, LEAST_TOLD_MS);
  return (aheadMs) => {
    if (limitMs === undefined) return undefined;
    if (Math.abs(aheadMs) <= limitMs / 2) isTold = false;
    const words = isTold ? undefined : clockWarning(service, aheadMs, limitMs);
    isTold ||= words !== undefined;
    return words;
  };
}

/** Makes such a judge, whose sentences are logged. */
export function tellClock(
  service: string,
  allowedDisorderMs: number | undefined,
  log: Pick<Logger, "warn">,
): TakeClock {
  const judge = clockJudge(service, allowedDisorderMs);
  return (aheadMs) => {
    const words = judge(aheadMs);
    if (words !== undefined) log.warn({ aheadMs }, words);
  };
}

/** True for AWS's words about a request whose signature is too old or too new. They quote times and nothing else. */
export function refusesClock(message: unknown): boolean {
  return typeof message === "string" && REFUSAL.test(message);
}

/** Returns one sentence with the cure. `name` is AWS's own word; `aheadMs` tells how far off the clock is, if known. */
export function clockAdvice(service: string, name: string, aheadMs: number | undefined): string {
  const off = aheadMs === undefined || aheadMs === 0 ? "off" : `${distance(aheadMs)} ${service}'s`;
  return `This machine's clock is ${off}, so ${service} refuses its requests (${name}): set it by NTP.`;
}

function distance(aheadMs: number): string {
  return `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"}`;
}
