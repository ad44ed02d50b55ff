/** Sources without a server, and a sink that only counts. */
import {
  type Counter,
  type OffsetRange,
  OffsetRangeTracker,
  P,
  type ProcessContinuation,
  type SetupContext,
  type SplittableContext,
  type SplittableDoFn,
  type TaggedDoFn,
  jsonCoder,
  registerForSerialization,
  splittableParDo,
  stop,
  taggedParDo,
} from "../../../src/beam/authoring";
import { type Coder, type PCollection, type Root, impulse } from "../../../src/beam/sdk";
import { chatMessageCoder } from "../../../src/chat/coders/chat-message";
import { embeddedPartCoder } from "../../../src/chat/coders/embedded-part";
import { sessionPartCoder } from "../../../src/chat/coders/session-part";
import { summarisedPartCoder } from "../../../src/chat/coders/summarised-part";
import type { ChatMessage, EmbeddedPart, SessionPart, SummarisedPart } from "../../../src/chat/model";
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
    userId: `user-${index}`,
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
    summary: {
      summary: `The customer asks about parcel ${index}, which was marked as delivered but did not arrive.`,
      language: "en",
      intent: "delivery problem",
      topics: ["parcel", "delivery"],
      sentiment: "negative",
      sensitive: false,
      sensitiveKinds: [],
    },
  };
}

/** The vector is a cheap function of the index; its length and number of digits are those of a real one. */
export function embedded(index: number): EmbeddedPart {
  const embedding = Array.from({ length: DIMENSION }, (_, place) => Math.fround(Math.sin(index * 7_919 + place) / 40));
  return { ...summarised(index), embedding, embeddingModel: "bench" };
}

const SOURCES = {
  message: { make: message, timeMs: (value: ChatMessage) => value.timestampMs, coder: chatMessageCoder },
  part: { make: part, timeMs: (value: SessionPart) => value.endMs, coder: sessionPartCoder },
  summarised: { make: summarised, timeMs: (value: SummarisedPart) => value.part.endMs, coder: summarisedPartCoder },
  embedded: { make: embedded, timeMs: (value: EmbeddedPart) => value.part.endMs, coder: embeddedPartCoder },
};
type Sources = typeof SOURCES;
type Made<K extends keyof Sources> = ReturnType<Sources[K]["make"]>;

/** How often the watermark moves, in elements. */
const WATERMARK_EVERY = 500;

class Generate<K extends keyof Sources> implements SplittableDoFn<Uint8Array, OffsetRange, number, { main: Made<K> }> {
  constructor(
    private readonly kind: K,
    private readonly count: number,
  ) {}

  initialRestriction(): OffsetRange {
    return { from: 0, to: this.count };
  }

  newTracker(_element: Uint8Array, range: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(range);
  }

  async process(
    _element: Uint8Array,
    tracker: OffsetRangeTracker,
    context: SplittableContext<{ main: Made<K> }>,
  ): Promise<ProcessContinuation> {
    const { make, timeMs } = SOURCES[this.kind] as unknown as {
      make: (index: number) => Made<K>;
      timeMs: (value: Made<K>) => number;
    };
    for (let index = tracker.currentRestriction().from; tracker.tryClaim(index); index++) {
      const value = make(index);
      const full = context.emit("main", value, timeMs(value));
      if (full !== undefined) await full;
      if (index % WATERMARK_EVERY === 0) context.watermark.advanceTo(timeMs(value));
    }
    return stop();
  }
}

interface CountedOutputs extends Record<string, unknown> {
  readonly none: null;
}

/** Counts session parts and the messages in them. */
class CountParts implements TaggedDoFn<SessionPart, CountedOutputs> {
  private parts!: Counter;
  private messages!: Counter;

  setup({ metrics }: SetupContext): void {
    this.parts = metrics.counter("countedParts");
    this.messages = metrics.counter("countedMessages");
  }

  process(value: SessionPart): void {
    this.parts.inc();
    this.messages.inc(value.messages.length);
  }
}

registerForSerialization("bench/generate", { Generate, CountParts });

/** The first `count` of a kind, in order, from memory. */
export function generate<K extends keyof Sources>(root: Root, kind: K, count: number): PCollection<Made<K>> {
  const main = SOURCES[kind].coder as unknown as Coder<Made<K>>;
  const source = splittableParDo(`generate ${kind}`, new Generate(kind, count), {
    restriction: jsonCoder<OffsetRange>("bench:coder:offset_range", 1),
    bounded: true,
    outputs: { main },
  });
  return P(root.apply(impulse())).apply(source).main;
}

export function countParts(parts: PCollection<SessionPart>): void {
  P(parts).apply(taggedParDo("countParts", new CountParts(), { none: jsonCoder<null>("bench:coder:null", 1) }));
}
