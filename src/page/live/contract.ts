/** Requests and events of the live stream. */
import { z } from "zod";
import { OUTLINE } from "../contract";
import { FIGURES } from "../../telemetry/figures";

export const LIVE_REQUEST = z.strictObject({
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("What was written at this time or later comes first; the header Last-Event-ID says it more exactly"),
});

const LIVE_SESSION = OUTLINE.extend({ indexedAt: z.string() });

const LIVE_ALERT = z.object({
  id: z.string(),
  kind: z.string(),
  severity: z.string(),
  rule: z.string(),
  lane: z.string(),
  documentId: z.string().optional().describe("The session's document; an alert may come before it"),
  start: z.string(),
  end: z.string(),
  messageCount: z.number(),
  language: z.string().optional(),
  intent: z.string().optional(),
  writtenAt: z.string(),
});

const LIVE_MORE = z
  .object({ sessions: z.number(), alerts: z.number() })
  .describe(
    "How many others came: too many to send, no longer kept, or perhaps erased since. One that was written anew counts again",
  );

const COLUMN = z.array(z.number().nullable());

const LIVE_FIGURES = z.union([
  z.object({
    source: z.literal("job"),
    isWhole: z.boolean().describe("True for all of the last hour, which replaces what was sent before"),
    atMs: z.array(z.number()),
    values: z
      .record(z.enum([...FIGURES, "freshnessSeconds"]), COLUMN)
      .describe("Totals since the job's start, but open, lagSeconds, and freshnessSeconds: the 95th percentile lately"),
  }),
  z.object({
    source: z.literal("index"),
    isWhole: z.literal(true),
    atMs: z.array(z.number()),
    values: z
      .record(z.enum(["indexed", "messages", "deadLetters", "alerts"]), COLUMN)
      .describe("What was written in each minute, as the indexes tell it"),
  }),
]);

const LIVE_STATE = z.object({
  refusal: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe("Why nothing new can be found at the moment"),
});

export const LIVE_EVENT = z.union([
  z.object({ event: z.literal("session"), id: z.string(), data: LIVE_SESSION }),
  z.object({ event: z.literal("alert"), id: z.string(), data: LIVE_ALERT }),
  z.object({ event: z.literal("more"), id: z.string(), data: LIVE_MORE }),
  z.object({ event: z.literal("figures"), data: LIVE_FIGURES }),
  z.object({ event: z.literal("state"), data: LIVE_STATE }),
]);

export type LiveSession = z.output<typeof LIVE_SESSION>;
export type LiveAlert = z.output<typeof LIVE_ALERT>;
export type LiveMore = z.output<typeof LIVE_MORE>;
export type LiveFigures = z.output<typeof LIVE_FIGURES>;
export type LiveState = z.output<typeof LIVE_STATE>;
export type LiveEvent = z.output<typeof LIVE_EVENT>;
