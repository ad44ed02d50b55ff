/** Sources without a server, and a sink that only counts. */
import {
  doFn,
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  splittableDoFn,
  stop,
} from "../../../src/beam/authoring";
import { type Coder, type PCollection, type Root, impulse } from "../../../src/beam/sdk";
import { chatMessageCoder } from "../../../src/chat/coders/chat-message";
import { embeddedCoder, plannedCoder, summarisedCoder } from "../../../src/chat/coders/planned-session";
import type { ChatMessage, EmbeddedPart, Session, SessionPart, SummarisedPart } from "../../../src/chat/model";
import type { PlannedSession } from "../../../src/chat/plan";
import { planned } from "../../support/chat/planned";
import { benchMessage } from "../harness/chat";

export const START_MS = Date.UTC(2026, 0, 5);
const DIMENSION = 1_536;

export function message(index: number): ChatMessage {
  const position = { shardId: "shardId-000000000000", sequenceNumber: String(10 ** 9 + index), subSequenceNumber: 0 };
  return { ...benchMessage(index, START_MS), arrivalMs: START_MS, position };
}

export function part(index: number): SessionPart {
  const messages = Array.from({ length: 5 }, (_, place) => {
    const timestampMs = START_MS + index * 1_000 + place * 100;
    return { ...message(index * 5 + place), userId: `user-${index}`, timestampMs };
  });
  return {
    sessionKey: `user-${index}`,
    startMs: messages[0]!.timestampMs,
    endMs: messages[4]!.timestampMs,
    part: 1,
    partCount: 1,
    pane: 0,
    early: false,
    messages,
  };
}

export function summarised(index: number): SummarisedPart {
  return {
    part: part(index),
    summaryModel: "bench",
    promptVersion: 1,
    taxonomyHash: "t",
    unreadCharacters: 0,
    summary: {
      summary: `The customer asks about parcel ${index}, which was marked as delivered but did not arrive.`,
      language: "en",
      intent: "complaint",
      topics: ["parcel", "delivery"],
      sentiment: "negative",
      sensitive: false,
      sensitiveKinds: [],
    },
  };
}

/** Its vector is a cheap function of the index, with the length and number of digits of a real one. */
export function embedded(index: number): EmbeddedPart {
  const embedding = Array.from({ length: DIMENSION }, (_, place) => Math.fround(Math.sin(index * 7_919 + place) / 40));
  return { ...summarised(index), embedding, embeddingModel: "bench", embeddingTruncated: false };
}

function endMs({ session: { messages } }: PlannedSession<unknown>): number {
  return messages.at(-1)!.timestampMs;
}

const SOURCES = {
  message: { make: message, timeMs: (value: ChatMessage) => value.timestampMs, coder: chatMessageCoder },
  planned: { make: (index: number) => planned(part(index)), timeMs: endMs, coder: plannedCoder },
  summarised: { make: (index: number) => planned(summarised(index)), timeMs: endMs, coder: summarisedCoder },
  embedded: { make: (index: number) => planned(embedded(index)), timeMs: endMs, coder: embeddedCoder },
};
type Sources = typeof SOURCES;
type Made<K extends keyof Sources> = ReturnType<Sources[K]["make"]>;

/** Elements after which the watermark moves. */
const WATERMARK_EVERY = 500;

/** A source of any kind. */
interface Source {
  readonly make: (index: number) => unknown;
  readonly timeMs: (value: unknown) => number;
}

interface GenerateSettings {
  readonly kind: keyof Sources;
  readonly count: number;
}

const generating = splittableDoFn("bench/generate", {
  restriction: jsonCoder<OffsetRange>("bench:coder:offset_range", 1),
  bounded: true,
  outputs: ({ kind }: GenerateSettings): { main: Coder<unknown> } => ({ main: SOURCES[kind].coder }),
  open({ kind, count }: GenerateSettings) {
    const { make, timeMs } = SOURCES[kind] as unknown as Source;
    return {
      initialRestriction: (_element: Uint8Array) => ({ from: 0, to: count }),
      newTracker: (_element, range) => new OffsetRangeTracker(range),
      async process(_element, tracker, context) {
        for (let index = tracker.currentRestriction().from; tracker.tryClaim(index); index++) {
          const value = make(index);
          const full = context.emit("main", value, timeMs(value));
          if (full !== undefined) await full;
          if (index % WATERMARK_EVERY === 0) context.watermark.advanceTo(timeMs(value));
        }
        return stop();
      },
    };
  },
});

/** Counts sessions and the messages in them. */
const counting = doFn("countParts", {
  outputs: {},
  open(_settings, { metrics }) {
    const parts = metrics.counter("countedParts");
    const messages = metrics.counter("countedMessages");
    return {
      process(value: Session) {
        parts.inc();
        messages.inc(value.messages.length);
      },
    };
  },
});

/** Emits the first `count` of a kind, in order, from memory. */
export function generate<K extends keyof Sources>(root: Root, kind: K, count: number): PCollection<Made<K>> {
  return root.apply(impulse()).apply(generating({ kind, count })).main as PCollection<Made<K>>;
}

export function countParts(sessions: PCollection<Session>): void {
  sessions.apply(counting());
}
